import { ellipse, line, type Pencil, rectangle, repeat } from './pencil';

/** The colours of one animal's fur and the SVG definitions that its parts are painted with. */
export interface Coat {
  /** Colours, as SVG takes them. */
  base: string;
  light: string;
  dark: string;
  /** `<defs>` content that `part` refers to. */
  defs: string;
  /** A furry piece of the animal: its outline `d`, painted with the coat's pattern and shaded as if lit from above. */
  part(d: string): string;
}

// Hue, saturation and lightness: ginger, black, white, grey, brown, cream, sand, chocolate, slate. Cats and dogs wear the same.
const FURS: readonly (readonly [number, number, number])[] = [
  [28, 62, 54],
  [20, 6, 17],
  [35, 24, 88],
  [215, 6, 56],
  [24, 40, 33],
  [38, 46, 75],
  [33, 36, 60],
  [18, 34, 23],
  [210, 12, 40],
];

function hsl(hue: number, saturation: number, lightness: number): string {
  return `hsl(${Math.round(hue)}, ${Math.round(saturation)}%, ${Math.round(lightness)}%)`;
}

/** Draws a coat by chance: one of nine furs, plain or with patches, stripes or spots. */
export function drawnCoat(pen: Pencil): Coat {
  const [h, s, l] = pen.pick(FURS);
  const hue = h + pen.between(-5, 5);
  const lightness = l + pen.between(-6, 6);
  const base = hsl(hue, s, lightness);
  const light = hsl(hue, s * 0.7, lightness + (97 - lightness) * pen.between(0.25, 0.9));
  const dark = hsl(hue, s, lightness * 0.62);
  const mark = pen.chance(0.5) ? dark : light;
  const markings = pen.pick([
    () => '',
    () => '',
    () =>
      repeat(pen.between(3, 8), () =>
        ellipse(pen.between(-60, 150), pen.between(-70, 140), pen.between(12, 34), pen.between(12, 34), mark),
      ),
    () =>
      repeat(pen.between(14, 22), (i) => {
        const x = -80 + i * pen.between(12, 14);
        return line(
          `M${x} -90 q${pen.between(-12, 12)} 60 0 120 t0 130`,
          dark,
          pen.between(2, 5),
          'stroke-opacity="0.8"',
        );
      }),
    () =>
      repeat(pen.between(30, 60), () =>
        ellipse(pen.between(-70, 160), pen.between(-80, 150), pen.between(2, 6), pen.between(2, 6), mark),
      ),
  ])();
  const fill = markings === '' ? base : 'url(#coat)';
  const outline = pen.between(0.4, 1.6);
  const hair = pen.chance(0.6) ? pen.between(4, 11) : 0;
  const gap = pen.between(0.4, 1.6);
  return {
    base,
    light,
    dark,
    defs:
      `<pattern id="coat" patternUnits="userSpaceOnUse" x="-100" y="-100" width="320" height="320">` +
      `<g transform="translate(100 100)">${rectangle(-100, -100, 320, 320, base)}${markings}</g></pattern>` +
      '<radialGradient id="shade" cx="0.45" cy="0.3" r="0.75"><stop offset="0" stop-color="#fff" stop-opacity="0.2"/>' +
      '<stop offset="0.5" stop-color="#fff" stop-opacity="0"/><stop offset="1" stop-color="#000" stop-opacity="0.3"/>' +
      '</radialGradient>',
    part: (d) =>
      // Hair and outline lie below, so that the seam between the halves of a head is painted over.
      (hair > 0 ? line(d, base, hair, `stroke-dasharray="1 ${gap}" stroke-linecap="butt"`) : '') +
      `<path d="${d}" fill="${dark}" stroke="${dark}" stroke-width="${outline}"/>` +
      `<path d="${d}" fill="${fill}"/><path d="${d}" fill="url(#shade)"/>`,
  };
}
