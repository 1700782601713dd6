import * as tf from './raw';

type Serializable = tf.serialization.Serializable;
type Registered = ReturnType<typeof tf.serialization.SerializationMap.getMap>['classNameMap'][string];

/**
 * The class that tfjs has under a name, and what makes one of a configuration, if it is of a kind, such as
 * `tf.layers.Layer.prototype`. tfjs itself would take what every object has for a class: 'constructor', 'toString'.
 */
export function registeredClass(className: string, kind: Serializable): Registered | undefined {
  const { classNameMap } = tf.serialization.SerializationMap.getMap();
  const found = Object.hasOwn(classNameMap, className) ? classNameMap[className] : undefined;
  return found && Object.prototype.isPrototypeOf.call(kind, found[0].prototype) ? found : undefined;
}
