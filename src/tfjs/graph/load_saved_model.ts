import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '../raw';
import { makeTemporaryFolder } from '../temporary_folder';

/**
 * Has TensorFlow load a SavedModel from its text. tfjs-node takes a folder only: a temporary one, with `name` in its own.
 *
 * @returns What `runSavedModel` and `deleteSavedModel` of tfjs-node's backend go by.
 */
export function loadSavedModel(text: string, name: string): number {
  const folder = makeTemporaryFolder(tmpdir(), `thaw-${name}-`);
  try {
    writeFileSync(join(folder, 'saved_model.pbtxt'), text);
    return tf.nodeBackend().loadSavedModelMetaGraph(folder, 'serve');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
