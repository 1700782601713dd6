import { type Coat, drawnCoat } from './coat';
import { catHead, dogHead } from './head';
import { ellipse, line, type Pencil, rectangle } from './pencil';

/** An animal as SVG, and the box that it fills: its middle and its larger side, in the drawing's own units. */
export interface Animal {
  defs: string;
  svg: string;
  middle: readonly [number, number];
  size: number;
}

/** What differs between the two below the neck. */
interface Build {
  /** How thick a leg is. */
  leg: number;
  /** How thick the tail is at its root. */
  tail: number;
  /** By how much the chest is wider than a cat's. */
  chest: number;
}

const BUILDS: Record<'cat' | 'dog', Build> = {
  cat: { leg: 17, tail: 9, chest: 0 },
  dog: { leg: 21, tail: 12, chest: 8 },
};

/** An ellipse as path data, for `Coat.part`. */
function oval(x: number, y: number, rx: number, ry: number): string {
  return `M${x - rx} ${y} a${rx} ${ry} 0 1 0 ${2 * rx} 0 a${rx} ${ry} 0 1 0 ${-2 * rx} 0 Z`;
}

/** A leg with its paw: the top's middle at (x, y). */
function leg(coat: Coat, x: number, y: number, length: number, width: number): string {
  const w = width / 2;
  const shaft = `M${x - w} ${y} L${x - w * 0.8} ${y + length} L${x + w * 0.8} ${y + length} L${x + w} ${y} Z`;
  const paw = y + length;
  return (
    coat.part(shaft) +
    coat.part(oval(x, paw, w + 2, w * 0.7)) +
    line(`M${x - 3} ${paw} v4 M${x + 3} ${paw} v4`, coat.dark, 1.2)
  );
}

/** A tail from (x, y), curling up to one side: long and thin for a cat, short and thick for a dog. */
function tail(pen: Pencil, coat: Coat, kind: 'cat' | 'dog', x: number, y: number): string {
  const width = BUILDS[kind].tail;
  const d =
    kind === 'cat'
      ? `M${x} ${y} c${pen.between(20, 40)} ${pen.between(-10, 10)} ${pen.between(10, 40)} ${pen.between(-40, -60)} ${pen.between(16, 34)} ${pen.between(-60, -80)}`
      : `M${x} ${y} q${pen.between(20, 30)} ${pen.between(-4, -14)} ${pen.between(22, 34)} ${pen.between(-30, -50)}`;
  return line(d, coat.dark, width + 2) + line(d, coat.base, width);
}

/** Draws a cat or a dog by chance: its coat, its pose, how its head is held. */
export function drawnAnimal(pen: Pencil, kind: 'cat' | 'dog'): Animal {
  const coat = drawnCoat(pen);
  const build = BUILDS[kind];
  const turn = pen.between(-9, 9);
  const face = kind === 'cat' ? catHead(pen, coat, turn) : dogHead(pen, coat, turn);
  const head = `<g transform="rotate(${pen.between(-16, 16)})">${face}</g>`;
  const collar = pen.chance(0.25)
    ? rectangle(-27, 46, 54, 9, pen.pick(['#b3262e', '#2c5f9e', '#3d7d45', '#222']), 'rx="4"')
    : '';
  const poses = {
    portrait: () => {
      const shoulders = pen.between(40, 56) + build.chest;
      const chest = `M-30 20 C-34 60 ${-shoulders} 70 ${-shoulders} 130 L${shoulders} 130 C${shoulders} 70 34 60 30 20 Z`;
      return { svg: coat.part(chest) + collar + head, middle: [0, 5], size: 130 };
    },
    sitting: () => {
      const hips = pen.between(40, 54);
      const back = `M-26 10 C-34 50 ${-hips} 70 ${-hips} 120 Q${-hips} 142 0 142 Q${hips} 142 ${hips} 120 C${hips} 70 34 50 26 10 Z`;
      const bib = ellipse(
        0,
        72,
        pen.between(10, 20) + build.chest / 2,
        30,
        coat.light,
        `fill-opacity="${pen.between(0, 0.9)}"`,
      );
      const haunches = coat.part(oval(-hips + 6, 122, 20, 24)) + coat.part(oval(hips - 6, 122, 20, 24));
      const legs = leg(coat, -12, 88, 48, build.leg) + leg(coat, 12, 88, 48, build.leg);
      const svg = tail(pen, coat, kind, hips - 8, 132) + coat.part(back) + haunches + bib + legs + collar + head;
      return { svg, middle: [6, 36], size: 215 };
    },
    lying: () => {
      const long = pen.between(110, 135);
      const trunk = `M-30 30 C0 -2 ${long - 30} -6 ${long} 34 C${long + 12} 66 ${long} 78 ${long - 20} 78 L-20 78 C-42 74 -42 48 -30 30 Z`;
      const paws =
        coat.part(oval(-26, 76, build.leg + 6, build.leg / 2)) + coat.part(oval(14, 78, build.leg + 6, build.leg / 2));
      const haunch = coat.part(oval(long - 24, 56, 28, 24)) + coat.part(oval(long - 36, 78, 20, 8));
      return {
        svg: tail(pen, coat, kind, long, 66) + coat.part(trunk) + haunch + paws + head,
        middle: [40, 10],
        size: 205,
      };
    },
    standing: () => {
      const long = pen.between(105, 130);
      const legs = pen.between(38, 50);
      const far = leg(coat, 16, 70, legs - 4, build.leg) + leg(coat, long - 22, 68, legs - 4, build.leg);
      const near = leg(coat, -2, 70, legs, build.leg) + leg(coat, long - 4, 66, legs, build.leg);
      const trunk = `M-22 0 C-10 18 40 22 ${long - 20} 20 C${long + 12} 22 ${long + 14} 66 ${long} 80 C${long - 30} 90 30 92 4 88 C-24 82 -30 40 -22 0 Z`;
      return {
        svg: tail(pen, coat, kind, long, 34) + far + coat.part(trunk) + near + head,
        middle: [44, 26],
        size: 220,
      };
    },
  } satisfies Record<string, () => { svg: string; middle: [number, number]; size: number }>;
  return {
    defs: coat.defs,
    ...poses[pen.pick(['portrait', 'portrait', 'sitting', 'sitting', 'lying', 'standing'] as const)](),
  };
}
