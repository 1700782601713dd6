/** What is asked of a font; opentype.js's `Font` has it. */
export interface Font {
  ascender: number;
  descender: number;
  unitsPerEm: number;
  getAdvanceWidth(text: string, size: number): number;
}

/** The fonts that text is set in. */
export interface Fonts {
  regular: Font;
  bold: Font;
}

/** What is asked of the DOM: spelled out here, since the types of a whole browser would spoil those of Node. */
export interface SvgNode {
  childNodes: ArrayLike<SvgNode>;
  parentElement: SvgElement | null;
  textContent: string | null;
}

/** See `SvgNode`. */
export interface SvgElement extends SvgNode {
  localName: string;
  children: ArrayLike<SvgElement>;
  classList: { contains(name: string): boolean };
  style: { getPropertyValue(name: string): string };
  getAttribute(name: string): string | null;
}

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/**
 * The bounding box of an SVG element that Plotly built, which jsdom, having no layout, can't tell. Only text counts: what
 * Plotly measures is text, to leave room for it.
 *
 * @returns Left, top, right and bottom in pixels of the element's parent; undefined where there is no text.
 */
export function svgBounds(element: SvgElement, fonts: Fonts): Box | undefined {
  const boxes =
    element.localName === 'text'
      ? textLines(element).map((line) => lineBox(line, element, fonts))
      : Array.from(element.children).flatMap((child) => svgBounds(child, fonts) ?? []);
  const corners = boxes.flatMap(({ left, top, right, bottom }) =>
    [left, right].flatMap((x) => [top, bottom].map((y) => transformed(x, y, element.getAttribute('transform') ?? ''))),
  );
  if (corners.length === 0) return undefined;
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
}

/** The width in pixels of the text inside an element, each run in its own size and weight. */
export function textWidth(node: SvgNode, fonts: Fonts): number {
  const runs = Array.from(node.childNodes);
  if (runs.length > 0) return runs.reduce((sum, run) => sum + textWidth(run, fonts), 0);
  const parent = node.parentElement;
  if (!node.textContent || !parent) return 0;
  const weight = inherited(parent, 'font-weight');
  const font = weight === 'bold' || Number(weight) >= 600 ? fonts.bold : fonts.regular;
  return font.getAdvanceWidth(node.textContent, fontSize(parent));
}

/** Plotly sets several lines as `<tspan class="line">`, and a single one as the text itself. */
function textLines(text: SvgElement): SvgElement[] {
  const lines = Array.from(text.children).filter((child) => child.classList.contains('line'));
  return lines.length > 0 ? lines : [text];
}

function lineBox(line: SvgElement, text: SvgElement, fonts: Fonts): Box {
  const size = fontSize(line);
  const width = textWidth(line, fonts);
  const x = Number.parseFloat(line.getAttribute('x') ?? text.getAttribute('x') ?? '0');
  const y = Number.parseFloat(line.getAttribute('y') ?? text.getAttribute('y') ?? '0');
  const baseline = y + Number.parseFloat(line.getAttribute('dy') ?? '0') * size;
  const left = x - width * ({ middle: 0.5, end: 1 }[inherited(line, 'text-anchor')] ?? 0);
  const { ascender, descender, unitsPerEm } = fonts.regular;
  return {
    left,
    top: baseline - (ascender / unitsPerEm) * size,
    right: left + width,
    bottom: baseline - (descender / unitsPerEm) * size,
  };
}

function fontSize(element: SvgElement): number {
  const own = element.style.getPropertyValue('font-size');
  const parent = element.parentElement;
  if (own.endsWith('%') && parent) return (Number.parseFloat(own) / 100) * fontSize(parent);
  if (own) return Number.parseFloat(own);
  return parent ? fontSize(parent) : 12;
}

function inherited(element: SvgElement, property: string): string {
  const own = element.style.getPropertyValue(property) || element.getAttribute(property);
  return own || (element.parentElement ? inherited(element.parentElement, property) : '');
}

/** A point after an SVG transform of translate, rotate and scale: the last is applied first. */
function transformed(x: number, y: number, transform: string): [number, number] {
  const steps = [...transform.matchAll(/(\w+)\(([^)]*)\)/g)].reverse();
  return steps.reduce<[number, number]>(
    ([px, py], [, name, list = '']) => {
      const [a = 0, b, c = 0] = list.split(/[\s,]+/).map(Number);
      if (name === 'translate') return [px + a, py + (b ?? 0)];
      if (name === 'scale') return [px * a, py * (b ?? a)];
      if (name !== 'rotate') return [px, py];
      const [cos, sin] = [Math.cos((a * Math.PI) / 180), Math.sin((a * Math.PI) / 180)];
      const [dx, dy] = [px - (b ?? 0), py - c];
      return [(b ?? 0) + dx * cos - dy * sin, c + dx * sin + dy * cos];
    },
    [x, y],
  );
}
