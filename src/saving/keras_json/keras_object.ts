import type { Json, KerasObject } from './types';

/** An object of a class of Keras's, as Keras 3 writes it. Mirrors `keras.saving.serialize_keras_object`. */
export function kerasObject(
  module: string,
  className: string,
  config: Json,
  registeredName: string | null = null,
): KerasObject {
  return { module, class_name: className, config, registered_name: registeredName };
}
