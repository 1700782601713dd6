import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../support/root';

/** A cell of a notebook, as nbformat 4 writes it. */
export interface Cell {
  cell_type: string;
  id?: string;
  metadata: { tags?: string[] };
  source: string | string[];
  execution_count?: number | null;
  outputs?: Output[];
}

/** An output of a code cell: `text` for a stream, `data` by MIME type for a display. */
export interface Output {
  output_type: string;
  name?: string;
  text?: string | string[];
  data?: Record<string, unknown>;
  metadata?: Record<string, unknown>;
  ename?: string;
}

/** A notebook, as nbformat 4 writes it. */
export interface Notebook {
  cells: Cell[];
  metadata: { kernelspec?: { name: string; language?: string; display_name?: string } };
  nbformat: number;
  nbformat_minor: number;
}

/** A code cell with its kept outputs. */
export function code(source: string, outputs: Output[] = [], tags: string[] = []): Cell {
  return { cell_type: 'code', metadata: { tags }, source, execution_count: 1, outputs };
}

/** A prose cell. */
export function prose(source: string): Cell {
  return { cell_type: 'markdown', metadata: {}, source };
}

/** What a cell prints. */
export function printed(text: string): Output {
  return { output_type: 'stream', name: 'stdout', text };
}

/** What a cell displays. */
export function displayed(data: Record<string, unknown>): Output {
  return { output_type: 'display_data', data, metadata: {} };
}

/** Numbers the cells and wraps them up as a notebook of the project's kernel. */
export function notebook(cells: Cell[]): Notebook {
  const kernelspec = { name: 'tslab', language: 'typescript', display_name: 'TypeScript' };
  let count = 0;
  const numbered = cells.map((cell, index) => ({
    ...cell,
    id: `cell-${index}`,
    ...(cell.cell_type === 'code' ? { execution_count: ++count } : {}),
  }));
  return { cells: numbered, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 };
}

/**
 * Writes notebooks into a new folder under the checkout, since cells resolve `thaw` and tfjs from their notebook's
 * folder upward.
 *
 * @returns the folder, and a function that removes it.
 */
export function writeNotebooks(notebooks: Record<string, Cell[]>): { folder: string; remove: () => void } {
  const folder = mkdtempSync(path.join(root, 'tests', '.tmp-'));
  for (const [name, cells] of Object.entries(notebooks)) {
    writeFileSync(path.join(folder, `${name}.ipynb`), JSON.stringify(notebook(cells)));
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
