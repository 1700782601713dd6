import { Resvg } from '@resvg/resvg-js';
import { drawable } from './drawable';
import type { RasteriseReply, RasteriseRequest } from './rasterise';

// The program of the process that `rasterise` starts: it draws one picture and ends.
process.once('message', ({ svg, scale, fontFiles }: RasteriseRequest) => {
  const packaged = { fontFiles, loadSystemFonts: false, defaultFontFamily: 'Open Sans' };
  const { svg: seen, font, nowhere } = drawable(svg, packaged);
  const { pixels, width, height } = new Resvg(seen, { fitTo: { mode: 'zoom', value: scale }, font }).render();
  const reply: RasteriseReply = { pixels, width, height, nowhere };
  process.send?.(reply, () => process.disconnect());
});
