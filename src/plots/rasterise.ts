import { askProcess, ProcessEndedError, startProcess } from '../utils/ask_process';

/** What the drawing process is asked. */
export interface RasteriseRequest {
  svg: string;
  /** Pixels of the image for each CSS pixel. */
  scale: number;
  /** TTF files: others are used only for characters that these lack. */
  fontFiles: string[];
}

/** What it answers: RGBA, row by row. */
export interface RasteriseReply {
  pixels: Uint8Array;
  width: number;
  height: number;
  /** The characters that no font has, drawn as `�`. */
  nowhere: string[];
}

/**
 * Draws an SVG, in another process: resvg aborts where something translucent lies outside the picture, and would take a
 * notebook's kernel with it.
 *
 * @throws Error if resvg could not draw it.
 */
export function rasterise(request: RasteriseRequest): Promise<RasteriseReply> {
  const child = startProcess(require.resolve('./rasterise_process'));
  return askProcess(child, request, (reply: RasteriseReply) => reply).catch((error) => {
    throw error instanceof ProcessEndedError ? new Error(`resvg could not draw the SVG (${error.message})`) : error;
  });
}
