import { randomBytes } from 'node:crypto';

/** One output in several forms, by MIME type: whoever shows it takes the richest form that it knows. */
export type Bundle = Record<string, unknown>;

interface DisplayData {
  data: Bundle;
  metadata: Record<string, unknown>;
  transient: { display_id?: string };
}

type WriteDisplayData = (message: DisplayData, update?: boolean) => void;

/** A display that is updated in place. */
export interface LiveDisplay {
  update(bundle: Bundle): void;
}

/** Whether this process is a tslab kernel that has run a cell. */
export function inNotebook(): boolean {
  return displayWriter() !== undefined;
}

/**
 * A display that each update overwrites, under the cell in which it was made.
 *
 * @throws Error outside a notebook: see `inNotebook`.
 */
export function liveDisplay(): LiveDisplay {
  const write = displayWriter();
  if (!write) throw new Error('liveDisplay needs a notebook to display in. Received: a program outside a tslab kernel');
  const transient = { display_id: randomBytes(8).toString('hex') };
  let isShown = false;
  return {
    update(bundle) {
      write({ data: bundle, metadata: {}, transient }, isShown);
      isShown = true;
    },
  };
}

/**
 * How the running kernel sends outputs. Found among the loaded modules, since a kernel may be of another tslab than the
 * project's, and since loading tslab outside a notebook would take a second in vain.
 */
export function displayWriter(): WriteDisplayData | undefined {
  const path = Object.keys(require.cache).find((name) => /[\\/]tslab[\\/]dist[\\/]jupyter\.js$/.test(name));
  const jupyter: { lastWriteDisplayData?: WriteDisplayData | null } | undefined = path && require.cache[path]?.exports;
  return jupyter?.lastWriteDisplayData ?? undefined;
}
