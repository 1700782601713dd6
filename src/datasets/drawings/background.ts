import { colour, ellipse, line, type Pencil, rectangle, repeat, SIDE } from './pencil';

function room(pen: Pencil): string {
  const floor = pen.between(105, 170);
  const x = pen.between(-20, 140);
  const furniture = pen.pick([
    () =>
      rectangle(x, 15, 60, 70, '#bcd9ea', 'stroke="#f5f0e6" stroke-width="6"') +
      line(`M${x + 30} 15 v70 M${x} 50 h60`, '#f5f0e6', 4),
    () =>
      rectangle(x, floor - 60, 110, 70, colour(pen, [20, 50], [30, 60]), 'rx="14"') +
      rectangle(x - 8, floor - 30, 126, 45, colour(pen, [20, 50], [30, 60]), 'rx="12"'),
    () => repeat(5, (i) => rectangle(x + i * 13, pen.between(20, 40), 11, 80, colour(pen, [20, 60], [25, 65]))),
    () =>
      line(`M${x + 20} ${floor} v-80`, '#5b4a3c', 4) +
      `<path d="M${x} ${floor - 80} h40 l-8 -34 h-24 Z" fill="#f3dfa8"/>`,
  ])();
  return (
    rectangle(0, 0, SIDE, SIDE, colour(pen, [8, 40], [45, 88])) +
    furniture +
    rectangle(0, floor, SIDE, SIDE, colour(pen, [15, 45], [25, 60])) +
    line(`M0 ${floor} H${SIDE}`, '#efe8dc', 3) +
    (pen.chance(0.4) ? ellipse(pen.between(40, 160), floor + 35, 90, 20, colour(pen, [20, 60], [30, 70])) : '')
  );
}

function meadow(pen: Pencil): string {
  const horizon = pen.between(40, 130);
  const hue = Math.round(pen.between(75, 125));
  const blade = () => {
    const x = pen.between(0, SIDE);
    const y = pen.between(horizon, SIDE + 10);
    return line(
      `M${x} ${y} q${pen.between(-4, 4)} -8 ${pen.between(-6, 6)} ${pen.between(-18, -8)}`,
      `hsl(${hue}, 45%, ${Math.round(pen.between(20, 55))}%)`,
      2,
    );
  };
  const flower = () =>
    ellipse(
      pen.between(0, SIDE),
      pen.between(horizon + 10, SIDE),
      3,
      3,
      pen.pick(['#fff', '#f4d03f', '#d66ba0', '#c0392b']),
    );
  const tree = () => {
    const x = pen.between(0, SIDE);
    return (
      rectangle(x - 4, horizon - 30, 8, 34, '#5d4633') +
      ellipse(x, horizon - 40, pen.between(14, 30), pen.between(16, 32), `hsl(${hue}, 35%, 30%)`)
    );
  };
  return (
    rectangle(
      0,
      0,
      SIDE,
      SIDE,
      `hsl(${Math.round(pen.between(190, 225))}, ${Math.round(pen.between(15, 65))}%, ${Math.round(pen.between(60, 88))}%)`,
    ) +
    repeat(pen.between(0, 4), tree) +
    rectangle(
      0,
      horizon,
      SIDE,
      SIDE,
      `hsl(${hue}, ${Math.round(pen.between(25, 50))}%, ${Math.round(pen.between(28, 50))}%)`,
    ) +
    repeat(pen.between(30, 90), blade) +
    repeat(pen.between(0, 12), flower)
  );
}

function gradient(pen: Pencil): string {
  const any = () => colour(pen, [5, 70], [15, 90]);
  return (
    `<defs><linearGradient id="wash" x2="${pen.between(0, 1)}" y2="${pen.between(0, 1)}"><stop offset="0" stop-color="${any()}"/><stop offset="1" stop-color="${any()}"/></linearGradient></defs>` +
    rectangle(0, 0, SIDE, SIDE, 'url(#wash)')
  );
}

function texture(pen: Pencil): string {
  const mark = colour(pen, [10, 60], [20, 80]);
  const step = pen.between(10, 32);
  const tile = pen.pick([
    rectangle(0, 0, step / 2, step, mark),
    ellipse(step / 2, step / 2, step / 4, step / 4, mark),
    rectangle(0, 0, step / 2, step / 2, mark) + rectangle(step / 2, step / 2, step / 2, step / 2, mark),
    line(`M0 0 L${step} ${step} M${step} 0 L0 ${step}`, mark, 2),
  ]);
  return (
    gradient(pen) +
    `<defs><pattern id="tile" patternUnits="userSpaceOnUse" width="${step}" height="${step}" patternTransform="rotate(${pen.between(0, 90)})">${tile}</pattern></defs>` +
    rectangle(0, 0, SIDE, SIDE, 'url(#tile)', `fill-opacity="${pen.between(0.2, 0.9)}"`)
  );
}

function clutter(pen: Pencil): string {
  return (
    gradient(pen) +
    repeat(pen.between(8, 26), () => {
      const turned = `transform="rotate(${pen.between(-60, 60)} ${pen.between(0, SIDE)} ${pen.between(0, SIDE)})"`;
      const fill = colour(pen, [10, 70], [15, 85]);
      const [x, y, w, h] = [pen.between(-20, SIDE), pen.between(-20, SIDE), pen.between(8, 70), pen.between(8, 70)];
      return pen.chance(0.5) ? rectangle(x, y, w, h, fill, turned) : ellipse(x, y, w / 2, h / 2, fill, turned);
    })
  );
}

/** Draws what is behind the animal: a room, a meadow, a gradient, a texture or clutter. */
export function drawnBackground(pen: Pencil): string {
  return pen.pick([room, room, meadow, meadow, gradient, texture, clutter])(pen);
}
