import type { Coat } from './coat';
import { ellipse, line, type Pencil, repeat } from './pencil';

const SIDES = [-1, 1] as const;
const INK = '#1d1715';

/** Once for the left and once for the right side. */
function bothSides(piece: (side: -1 | 1) => string): string {
  return SIDES.map(piece).join('');
}

/**
 * A cat's head round (0, 0), some 110 units wide: pointed ears, a short snout, whiskers, slit or round pupils.
 *
 * @param turn by how much the face looks to the side, in units.
 */
export function catHead(pen: Pencil, coat: Coat, turn: number): string {
  const wide = pen.between(46, 54);
  const tip = pen.between(60, 78);
  const spread = pen.between(30, 46);
  const ears = bothSides((side) => {
    const ear = `M${side * (wide - 4)} -6 Q${side * (spread + 6)} ${-tip * 0.7} ${side * spread} ${-tip} Q${side * 14} -54 ${side * 5} -36 Z`;
    const inner = `M${side * (wide - 12)} -20 Q${side * (spread + 1)} ${-tip * 0.7} ${side * (spread - 1)} ${-tip + 10} Q${side * 20} -50 ${side * 14} -36 Z`;
    return `${coat.part(ear)}<path d="${inner}" fill="#d9a095" fill-opacity="0.85"/>`;
  });
  const cheek = pen.between(0, 9);
  const skull = bothSides((side) => {
    const x = (value: number) => side * value;
    return `M0 -42 C${x(30)} -44 ${x(wide)} -24 ${x(wide)} 6 L${x(wide + cheek)} 20 L${x(wide - 8)} 26 C${x(32)} 42 ${x(14)} 45 0 45 Z`;
  });
  const iris = pen.pick(['#9fbf3f', '#d8b13a', '#6fae6a', '#79b4d8', '#c98a2f']);
  const slit = pen.between(1.4, 3.4);
  const pupil = pen.chance(0.6) ? [slit, 7.5] : [5.6, 6];
  const asleep = pen.chance(0.08);
  const eyeY = pen.between(-7, -1);
  const eyes = bothSides((side) => {
    const x = side * 19.5 + turn;
    if (asleep) return line(`M${x - 9} ${eyeY} q9 8 18 0`, INK, 2.2);
    const almond = `M${x - side * 11} ${eyeY + 4} Q${x - side * 2} ${eyeY - 12} ${x + side * 11} ${eyeY - 4} Q${x + side * 4} ${eyeY + 11} ${x - side * 11} ${eyeY + 4} Z`;
    return (
      `<path d="${almond}" fill="${iris}" stroke="${INK}" stroke-width="1.6"/>` +
      ellipse(x, eyeY, pupil[0]!, pupil[1]!, INK) +
      ellipse(x + 2, eyeY - 3, 1.7, 1.7, '#fff')
    );
  });
  const x = turn * 1.25;
  const whisker = pen.pick(['#fff', '#f3ece2', '#3a3431']);
  const muzzle =
    ellipse(x, 33, 10, 8, coat.light) +
    bothSides((side) => ellipse(x + side * 9, 23, 12, 9.5, coat.light)) +
    `<path d="M${x - 6} 12 Q${x} 9 ${x + 6} 12 Q${x + 3} 18 ${x} 18.5 Q${x - 3} 18 ${x - 6} 12 Z" fill="${pen.pick(['#c9747a', '#d98d8a', '#4a3633'])}"/>` +
    line(`M${x} 18 v4 q-5 7 -12 3 M${x} 22 q5 7 12 3`, INK, 1.5) +
    bothSides((side) =>
      repeat(3, (i) => {
        const reach = pen.between(34, 46);
        return line(
          `M${x + side * 14} ${20 + i * 4} q${side * reach * 0.5} ${i * 4 - 7} ${side * reach} ${i * 7 - 7}`,
          whisker,
          1,
        );
      }),
    );
  return ears + coat.part(skull) + eyes + muzzle;
}

/**
 * A dog's head round (0, 0), some 110 units high: hanging, folded or perked ears, a long snout, a big nose, often the tongue.
 *
 * @param turn by how much the face looks to the side, in units.
 */
export function dogHead(pen: Pencil, coat: Coat, turn: number): string {
  const wide = pen.between(36, 44);
  const long = pen.between(54, 68);
  const carriage = pen.pick(['hanging', 'hanging', 'hanging', 'folded', 'perked'] as const);
  const earLength = pen.between(14, 46);
  const ears = bothSides((side) => {
    const x = (value: number) => side * value;
    if (carriage === 'hanging') {
      return coat.part(
        `M${x(18)} -41 C${x(46)} -52 ${x(62)} -22 ${x(58)} ${earLength - 12} C${x(56)} ${earLength + 10} ${x(38)} ${earLength + 8} ${x(36)} ${earLength - 14} C${x(35)} -8 ${x(32)} -22 ${x(18)} -41 Z`,
      );
    }
    const upright = `M${x(wide)} -16 C${x(48)} -50 ${x(46)} -72 ${x(38)} -76 C${x(28)} -74 ${x(14)} -58 ${x(8)} -40 Z`;
    if (carriage === 'perked') {
      return `${coat.part(upright)}<path d="M${x(34)} -30 Q${x(42)} -56 ${x(37)} -68 Q${x(24)} -58 ${x(18)} -42 Z" fill="#b98579" fill-opacity="0.8"/>`;
    }
    return coat
      .part(`M${x(wide)} -16 C${x(50)} -40 ${x(46)} -56 ${x(40)} -60 C${x(26)} -60 ${x(14)} -50 ${x(8)} -40 Z`)
      .concat(
        coat.part(`M${x(18)} -54 Q${x(44)} -66 ${x(52)} -50 Q${x(58)} -34 ${x(54)} -26 Q${x(40)} -36 ${x(18)} -54 Z`),
      );
  });
  const skull = bothSides((side) => {
    const x = (value: number) => side * value;
    return `M0 -46 C${x(26)} -47 ${x(wide)} -32 ${x(wide)} -8 C${x(wide)} 12 ${x(29)} 18 ${x(27)} 34 C${x(25)} ${long - 6} ${x(12)} ${long} 0 ${long} Z`;
  });
  const eyeY = pen.between(-13, -7);
  const eyeSize = pen.between(5, 7);
  const iris = pen.pick(['#4a2c17', '#6b4423', '#33211a', '#7da3bd']);
  const eyes = bothSides((side) => {
    const x = side * 17 + turn;
    return (
      ellipse(x, eyeY, eyeSize + 1.6, eyeSize + 1, INK) +
      ellipse(x, eyeY, eyeSize, eyeSize, iris) +
      ellipse(x, eyeY + 0.5, eyeSize * 0.6, eyeSize * 0.6, INK) +
      ellipse(x + 2, eyeY - 2, 1.7, 1.7, '#fff') +
      line(`M${x - 7} ${eyeY - 11} q7 -5 14 0`, coat.dark, 2.4)
    );
  });
  const x = turn * 1.5;
  const mouthY = long - 20;
  const tongue = pen.chance(0.55)
    ? `<path d="M${x - 9} ${mouthY + 6} q-1 ${pen.between(18, 30)} 9 ${pen.between(20, 30)} q10 -2 9 -26 Z" fill="#e0717d" stroke="#a9434f"/>`
    : '';
  const snout =
    ellipse(x * 0.8, 26, pen.between(20, 26), long - 32, coat.light, 'fill-opacity="0.9"') +
    tongue +
    line(`M${x} 20 V${mouthY} q-6 10 -17 5 M${x} ${mouthY} q6 10 17 5`, INK, 2) +
    `<path d="M${x - 13} 10 Q${x} 2 ${x + 13} 10 Q${x + 10} 23 ${x} 24 Q${x - 10} 23 ${x - 13} 10 Z" fill="${pen.pick(['#1d1715', '#2b2220', '#5b3a30'])}"/>` +
    ellipse(x - 4, 10, 4, 2, '#fff', 'fill-opacity="0.45"');
  return carriage === 'hanging' ? coat.part(skull) + eyes + snout + ears : ears + coat.part(skull) + eyes + snout;
}
