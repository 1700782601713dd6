import { Resvg, type ResvgRenderOptions } from '@resvg/resvg-js';

type Font = NonNullable<ResvgRenderOptions['font']>;

/** What has a shape of its own: no white space, and nothing that only changes its neighbours. */
const SHAPES = /[^\0-\x7f\s\p{Cf}\p{M}]/gu;
/** Pixels of a cell in which one character is tried. */
const CELL = 24;

/** Those of the characters that the fonts have no shape for: resvg leaves them out without a word. */
function missing(characters: string[], font: Font): string[] {
  if (characters.length === 0) return [];
  const texts = characters.map((character, i) => `<text x="${CELL * i + 4}" y="18" font-size="12">${character}</text>`);
  const size = `width="${CELL * characters.length}" height="${CELL}"`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${texts.join('')}</svg>`;
  const { pixels, width } = new Resvg(svg, { font }).render();
  const drawn = new Set<number>();
  for (let pixel = 0; pixel < pixels.length / 4; pixel++) {
    if (pixels[4 * pixel + 3]! > 0) drawn.add(Math.floor((pixel % width) / CELL));
  }
  return characters.filter((_, i) => !drawn.has(i));
}

/**
 * An SVG and fonts in which each of its characters is seen. Where the packaged font, which makes the picture the same on every
 * machine, lacks some, such as those of Korean, the computer's own help out; what these lack, too, becomes `�` and is `nowhere`.
 */
export function drawable(svg: string, packaged: Font): { svg: string; font: Font; nowhere: string[] } {
  const lacking = missing([...new Set(svg.match(SHAPES))], packaged);
  if (lacking.length === 0) return { svg, font: packaged, nowhere: [] };
  const font = { ...packaged, loadSystemFonts: true };
  const nowhere = missing(lacking, font);
  const seen = svg.replace(SHAPES, (character) => (nowhere.includes(character) ? '\ufffd' : character));
  return { svg: seen, font, nowhere };
}
