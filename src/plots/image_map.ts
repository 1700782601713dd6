import * as tf from '../tf';
import { checkOptions } from '../utils/check_options';
import { shown } from '../utils/shown';
import { BASE_LAYOUT, FIGURE_WIDTH, type Figure, type PointedPicture } from './figure';
import { jpegSources } from './images';
import { PALETTE } from './palette';
import { plotlyText } from './plotly_text';

// Each with a mark of its own, so that the colour-blind tell the groups apart.
const SYMBOLS = ['circle', 'square', 'x', 'diamond', 'cross', 'triangle-up'];
const GROUPS = SYMBOLS.map((symbol, index) => ({ color: PALETTE[index]!, symbol }));

const HEIGHT = 500;
const MARGIN = { t: 72, r: 20, b: 20, l: 20 };
/** Of a thumbnail on the map, in CSS pixels. */
const SIDE = 36;
/** What a few hundred pictures of 64×64 in a notebook can afford: a kilobyte each. */
const QUALITY = 60;

/** The arguments of `imageMapFigure`. */
export interface ImageMapFigureArgs {
  /** Of each picture, the group that it belongs to: its colour, its mark, and in the legend. At most six groups. */
  labels: readonly string[];
  /** What stands under each picture when it is pointed at. Defaults to its label. */
  titles?: readonly string[];
  /** Above the map. Defaults to none. */
  title?: string;
}

/**
 * Pictures as points in two dimensions, such as their features give by UMAP: those near each other look alike to the network. Some
 * are drawn at their points, as many as find room; in a notebook each is shown when it is pointed at, or tapped.
 *
 * @param points [x, y] of each picture.
 * @param images Of each picture a small version, such as 64×64: a batch (number, height, width, channels), or pictures (height,
 *   width, channels), of 1 or 3 channels with values from 0 to 255.
 * @returns A Plotly figure, with the pictures to point at.
 * @throws Error if an option is unknown, if points, pictures, labels or titles are not as many, if there are none, if a point has
 *   other than two finite numbers, or if there are more than six groups.
 */
export async function imageMapFigure(
  points: readonly (readonly number[])[],
  images: tf.Tensor4D | readonly tf.Tensor3D[],
  args: ImageMapFigureArgs,
): Promise<Figure> {
  checkOptions('imageMapFigure', args, { labels: true, titles: true, title: true });
  const { labels, titles = labels, title = '' } = args;
  const groups = [...new Set(labels)];
  checkArgs(points, images instanceof tf.Tensor ? images.shape[0] : images.length, labels, titles, groups);
  const [rangeX, rangeY] = [rangeOf(points.map(([x]) => x!)), rangeOf(points.map(([, y]) => y!))];
  const inner = { width: FIGURE_WIDTH - MARGIN.l - MARGIN.r, height: HEIGHT - MARGIN.t - MARGIN.b };
  const places = points.map(([x, y]) => ({
    left: MARGIN.l + share(x!, rangeX) * inner.width,
    top: MARGIN.t + (1 - share(y!, rangeY)) * inner.height,
  }));
  const sources = await jpegSources(images, QUALITY);
  const drawn = withRoom(places);
  const styleOf = (index: number) => GROUPS[groups.indexOf(labels[index]!)]!;
  const paper = ({ left, top }: Place) => ({
    x: (left - MARGIN.l) / inner.width,
    y: 1 - (top - MARGIN.t) / inner.height,
  });
  const [sizex, sizey] = [SIDE / inner.width, SIDE / inner.height];
  const axis = { showticklabels: false, showgrid: false, zeroline: false, fixedrange: true };
  return {
    data: groups.map((group, index) => {
      const members = points.filter((_, place) => labels[place] === group);
      const [x, y] = [members.map(([left]) => left), members.map(([, top]) => top)];
      const marker = { ...GROUPS[index], size: 7 };
      return { type: 'scatter', mode: 'markers', name: plotlyText(group), x, y, marker };
    }),
    layout: {
      ...BASE_LAYOUT,
      title: { text: plotlyText(title) },
      height: HEIGHT,
      margin: MARGIN,
      showlegend: true,
      legend: { orientation: 'h', x: 0, y: 1, yanchor: 'bottom' },
      xaxis: { ...axis, range: rangeX },
      yaxis: { ...axis, range: rangeY },
      images: drawn.map((index) => ({
        source: sources[index],
        ...paper(places[index]!),
        ...{ xref: 'paper', yref: 'paper', xanchor: 'center', yanchor: 'middle', sizex, sizey, layer: 'above' },
      })),
      shapes: drawn.map((index) => {
        const { x, y } = paper(places[index]!);
        const corners = { x0: x - sizex / 2, x1: x + sizex / 2, y0: y - sizey / 2, y1: y + sizey / 2 };
        return {
          type: 'rect',
          xref: 'paper',
          yref: 'paper',
          ...corners,
          line: { color: styleOf(index).color, width: 2 },
        };
      }),
    },
    pointed: places.map(
      ({ left, top }, index): PointedPicture => ({
        left: left / FIGURE_WIDTH,
        top: top / HEIGHT,
        source: sources[index]!,
        title: shown(titles[index]!),
      }),
    ),
  };
}

/** A point of the figure, in CSS pixels. */
interface Place {
  left: number;
  top: number;
}

/** From the least to the greatest, with room for half a thumbnail at both ends. */
function rangeOf(values: number[]): [number, number] {
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  const room = 0.06 * (greatest - least || 1);
  return [least - room, greatest + room];
}

const share = (value: number, [from, to]: [number, number]) => (value - from) / (to - from);

/** The pictures, by their indices, that can be drawn without covering one another: the first that fits is taken. */
function withRoom(places: readonly Place[]): number[] {
  const drawn: number[] = [];
  for (const [index, { left, top }] of places.entries()) {
    const covers = drawn.some(
      (other) => Math.abs(places[other]!.left - left) < SIDE + 4 && Math.abs(places[other]!.top - top) < SIDE + 4,
    );
    if (!covers) drawn.push(index);
  }
  return drawn;
}

function checkArgs(
  points: readonly (readonly number[])[],
  images: number,
  labels: readonly string[],
  titles: readonly string[],
  groups: readonly string[],
): void {
  const counts = [points.length, images, labels.length, titles.length];
  if (images === 0 || counts.some((count) => count !== images)) {
    throw new Error(
      'imageMapFigure needs as many points, pictures, labels and titles, at least one. ' +
        `Received: ${counts.join(', ')}`,
    );
  }
  const odd = points.find((point) => point.length !== 2 || !point.every(Number.isFinite));
  if (odd) throw new Error(`imageMapFigure needs points of two numbers, [x, y]. Received: [${odd.join(', ')}]`);
  if (groups.length > GROUPS.length) {
    throw new Error(
      `imageMapFigure tells up to ${GROUPS.length} groups apart. Received: ${groups.length} different labels. ` +
        'Put the rare ones together.',
    );
  }
}
