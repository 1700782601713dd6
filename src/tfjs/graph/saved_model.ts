import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '../raw';

/** The version of graphs since TensorFlow 2.9. */
const PRODUCER = 1087;

/**
 * The content of a `saved_model.pbtxt` with a graph and no variables, tagged `serve`, given what the graph consists of, as
 * text. Source: saved_model.proto and graph.proto in tensorflow/core.
 */
export function savedModelText(graph: string): string {
  const versioned = `${graph}\nversions { producer: ${PRODUCER} }`;
  return `saved_model_schema_version: 1\nmeta_graphs {\nmeta_info_def { tags: "serve" }\ngraph_def {\n${versioned}\n}\n}\n`;
}

/**
 * Has TensorFlow load a SavedModel from its text. tfjs-node takes a folder only: a temporary one, with `name` in its own.
 *
 * @returns What `runSavedModel` and `deleteSavedModel` of tfjs-node's backend go by.
 */
export function loadSavedModel(text: string, name: string): number {
  const folder = mkdtempSync(join(tmpdir(), `thaw-${name}-${process.pid}-`));
  try {
    writeFileSync(join(folder, 'saved_model.pbtxt'), text);
    return tf.nodeBackend().loadSavedModelMetaGraph(folder, 'serve');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
