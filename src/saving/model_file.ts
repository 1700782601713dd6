import type { Json } from './keras_json/keras_layers';
import type { SavedLayers } from './saved_layers';

/** The Keras whose formats are written. */
export const KERAS_VERSION = '3.15.1';

/** A model as a file holds it. */
export interface ModelFile {
  /** The architecture: what `deserializeModel` takes. */
  config: Json;
  /** How it was compiled, in Keras 3's words. */
  compileConfig?: Json | null;
  /** Its weights, and its optimizer's variables. */
  saved: SavedLayers;
}
