import { drawnAnimal } from './animal';
import { drawnBackground } from './background';
import { colour, ellipse, line, type Pencil, pencil, rectangle, repeat, SIDE } from './pencil';

function fence(pen: Pencil): string {
  const fill = colour(pen, [10, 45], [30, 85]);
  const [gap, width] = [pen.between(34, 58), pen.between(7, 15)];
  const start = pen.between(0, gap);
  const bars = repeat(7, (i) => rectangle(start + (i - 1) * gap, -10, width, 220, fill, 'stroke="#0004"'));
  const rail = rectangle(-10, pen.between(120, 185), 220, width, fill, 'stroke="#0004"');
  return `<g transform="rotate(${pen.between(-8, 8)} 100 100)">${bars}${rail}</g>`;
}

function ball(pen: Pencil): string {
  const [x, y, r] = [pen.between(20, 180), pen.between(90, 190), pen.between(18, 40)];
  return (
    ellipse(x, y, r, r, colour(pen, [50, 85], [35, 60])) +
    line(`M${x - r} ${y} q${r} ${r * 0.8} ${2 * r} 0`, '#fff', 4) +
    ellipse(x - r / 3, y - r / 3, r / 4, r / 5, '#fff', 'fill-opacity="0.5"')
  );
}

function box(pen: Pencil): string {
  const [x, y, width] = [pen.between(-30, 110), pen.between(115, 165), pen.between(70, 150)];
  const fill = colour(pen, [25, 55], [35, 65]);
  return (
    rectangle(x, y, width, 120, fill, 'stroke="#0006" stroke-width="2"') +
    rectangle(x - 6, y, width + 12, 14, fill, 'stroke="#0006" stroke-width="2"')
  );
}

function leaves(pen: Pencil): string {
  const hue = pen.pick([20, 40, 95, 110, 130]);
  const [fromX, fromY] = [pen.pick([-20, 120]), pen.pick([-20, 110])];
  return repeat(pen.between(10, 28), () => {
    const [x, y] = [fromX + pen.between(0, 110), fromY + pen.between(0, 110)];
    return ellipse(
      x,
      y,
      pen.between(10, 20),
      pen.between(4, 9),
      `hsl(${hue}, ${Math.round(pen.between(30, 60))}%, ${Math.round(pen.between(22, 50))}%)`,
      `transform="rotate(${pen.between(0, 180)} ${x} ${y})"`,
    );
  });
}

/** Light falling from one side, or dusk, as a veil over the whole picture. */
function light(pen: Pencil): string {
  const [near, far] = pen.pick([
    ['#fff', '#000'],
    ['#ffd890', '#102040'],
    ['#000', '#000'],
    ['#fff', '#fff'],
    ['#9db8ff', '#201008'],
  ]);
  return (
    `<defs><linearGradient id="light" x1="${pen.between(0, 1)}" y1="${pen.between(0, 1)}" x2="${pen.between(0, 1)}" y2="${pen.between(0, 1)}"><stop offset="0" stop-color="${near}" stop-opacity="${pen.between(0, 0.5)}"/><stop offset="1" stop-color="${far}" stop-opacity="${pen.between(0, 0.5)}"/></linearGradient></defs>` +
    rectangle(0, 0, SIDE, SIDE, 'url(#light)')
  );
}

/** A filter that blurs the whole picture by `deviation` pixels, without darkening at its edges. */
function blurFilter(deviation: number): string {
  return (
    `<filter id="blur" filterUnits="userSpaceOnUse" x="0" y="0" width="${SIDE}" height="${SIDE}">` +
    `<feGaussianBlur stdDeviation="${deviation}"/>` +
    '<feComponentTransfer><feFuncA type="discrete" tableValues="1"/></feComponentTransfer></filter>'
  );
}

/**
 * Draws one cat or dog in its surroundings: an SVG of `SIDE` × `SIDE` pixels that depends on `random` alone.
 *
 * Nothing here uses `opacity` on a shape: resvg 2.6.2 then paints a layer of its own, and ends the process when that
 * layer lies outside the picture. `fill-opacity` and `stroke-opacity` need none.
 */
export function drawnScene(kind: 'cat' | 'dog', random: () => number): string {
  const pen = pencil(random);
  const background = drawnBackground(pen);
  const animal = drawnAnimal(pen, kind);
  const scale = (pen.between(0.72, 1.2) * SIDE) / animal.size;
  const mirrored = pen.chance(0.5) ? -scale : scale;
  const place =
    `translate(${pen.between(75, 125)} ${pen.between(80, 120)}) rotate(${pen.between(-14, 14)}) ` +
    `scale(${mirrored.toFixed(3)} ${scale.toFixed(3)}) translate(${-animal.middle[0]} ${-animal.middle[1]})`;
  const front = pen.chance(0.45) ? pen.pick([fence, ball, box, leaves])(pen) : '';
  const blurred = pen.chance(0.3);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE}" height="${SIDE}">` +
    `<defs>${animal.defs}${blurred ? blurFilter(pen.between(0.4, 2)) : ''}</defs>` +
    `<g stroke-linecap="round" ${blurred ? 'filter="url(#blur)"' : ''}>` +
    `${background}<g transform="${place}">${animal.svg}</g>${front}${light(pen)}</g></svg>`
  );
}
