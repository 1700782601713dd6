/** A hand that draws by chance: each method takes the next number of one seeded generator. */
export interface Pencil {
  /** A number between `low` and `high`, to two decimals (which keeps the SVG short). */
  between(low: number, high: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** One of the choices. */
  pick<T>(choices: readonly T[]): T;
}

/** A pencil that draws from `random`, a generator of numbers in [0, 1). */
export function pencil(random: () => number): Pencil {
  return {
    between: (low, high) => Math.round((low + random() * (high - low)) * 100) / 100,
    chance: (probability) => random() < probability,
    pick: (choices) => choices[Math.floor(random() * choices.length)]!,
  };
}

/** An SVG ellipse; `more` holds further attributes. */
export function ellipse(x: number, y: number, rx: number, ry: number, fill: string, more = ''): string {
  return `<ellipse cx="${x}" cy="${y}" rx="${rx}" ry="${ry}" fill="${fill}" ${more}/>`;
}

/** An SVG rectangle; `more` holds further attributes. */
export function rectangle(x: number, y: number, width: number, height: number, fill: string, more = ''): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}" ${more}/>`;
}

/** An SVG path that is only a line; `more` holds further attributes. */
export function line(d: string, stroke: string, width: number, more = ''): string {
  return `<path d="${d}" fill="none" stroke="${stroke}" stroke-width="${width}" ${more}/>`;
}

/** `count` pieces of SVG, one after another. */
export function repeat(count: number, piece: (i: number) => string): string {
  return Array.from({ length: Math.floor(count) }, (_, i) => piece(i)).join('');
}

/** Side of a drawing, in pixels. */
export const SIDE = 200;

/** A colour of any hue, its saturation and lightness within the given bounds, in percent. */
export function colour(
  pen: Pencil,
  saturation: readonly [number, number],
  lightness: readonly [number, number],
): string {
  return `hsl(${Math.round(pen.between(0, 360))}, ${Math.round(pen.between(...saturation))}%, ${Math.round(pen.between(...lightness))}%)`;
}
