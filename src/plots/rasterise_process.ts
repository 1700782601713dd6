import { Resvg } from '@resvg/resvg-js';
import type { RasteriseReply, RasteriseRequest } from './rasterise';

// The program of the process that `rasterise` starts: it draws one picture and ends.
process.once('message', ({ svg, scale, fontFiles }: RasteriseRequest) => {
  const { pixels, width, height } = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: scale },
    font: { fontFiles, loadSystemFonts: false, defaultFontFamily: 'Open Sans' },
  }).render();
  const reply: RasteriseReply = { pixels, width, height };
  process.send?.(reply, () => process.disconnect());
});
