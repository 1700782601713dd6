import type { Words } from './keras_json/deserialize_model';
import type { ModelConfig } from './keras_json/types';
import type { SavedLayers } from './saved_layers';

/** The Keras whose formats are written. */
export const KERAS_VERSION = '3.15.1';

/** A model as a file of Keras's holds it. */
export interface ModelFile {
  /** The architecture: what `deserializeModel` takes. */
  config: ModelConfig;
  /** How it was compiled, in Keras 3's words, as the file has it; nothing where it wasn't. */
  compileConfig: unknown;
  /** The names of its classes, as the file has them: undefined where it has none. Throws where they can't be read. */
  classNames: () => unknown;
  /** Its weights, and its optimizer's variables. */
  saved: SavedLayers;
  /** How it says what a layer is. */
  words: Words;
}
