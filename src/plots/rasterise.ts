import { fork } from 'node:child_process';
import { once } from 'node:events';

/** What the drawing process is asked. */
export interface RasteriseRequest {
  svg: string;
  /** Pixels of the image for each CSS pixel. */
  scale: number;
  /** TTF files: no others are used. */
  fontFiles: string[];
}

/** What it answers: RGBA, row by row. */
export interface RasteriseReply {
  pixels: Uint8Array;
  width: number;
  height: number;
}

/**
 * Draws an SVG, in another process: resvg aborts where something translucent lies outside the picture, and would take a
 * notebook's kernel with it.
 *
 * @throws Error if resvg could not draw it.
 */
export async function rasterise(request: RasteriseRequest): Promise<RasteriseReply> {
  const child = fork(require.resolve('./rasterise_process'), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  child.send(request);
  const answered = new AbortController();
  const { signal } = answered;
  try {
    const ended = once(child, 'exit', { signal }).then(([code, name]) => {
      throw new Error(`resvg could not draw the SVG (${name ?? `exit code ${code}`})`);
    });
    const [reply]: RasteriseReply[] = await Promise.race([once(child, 'message', { signal }), ended]);
    return reply!;
  } finally {
    answered.abort();
  }
}
