import type { PointedPicture } from './figure';
import { escapeHtml } from './table';

// No script, so that it works wherever HTML does. The pictures lie in custom properties, which only what is pointed at, tapped
// or reached by the Tab key uses: a viewer that takes the styles away shows the figure alone.
const STYLE = `
.thaw-pointed { position: relative; max-width: 720px; }
.thaw-pointed img { display: block; width: 100%; }
.thaw-pointed i { position: absolute; width: 16px; height: 16px; margin: -8px; border-radius: 50%; cursor: pointer; }
.thaw-pointed i:hover, .thaw-pointed i:focus { outline: 2px solid #222; z-index: 2; }
.thaw-pointed i:hover::before, .thaw-pointed i:focus::before { content: attr(aria-label); position: absolute; box-sizing: border-box;
  left: 14px; top: 14px; width: 136px; padding: 132px 4px 4px; background: #fff var(--picture) center 4px / 128px 128px no-repeat;
  border: 1px solid #222; color: #222; font: 13px/1.3 sans-serif; text-align: center; pointer-events: none; }
.thaw-pointed .left::before { left: auto !important; right: 14px; }
.thaw-pointed .up::before { top: auto !important; bottom: 14px; }
`;

/** A part of a whole, as CSS has it. */
const percent = (share: number) => `${(100 * share).toFixed(2)}%`;

/**
 * A figure as HTML in which a picture appears when its point is pointed at.
 *
 * @param png The figure, drawn.
 * @param alt What it shows, for those who don't see it.
 */
export function pointedHtml(png: Buffer, alt: string, pictures: readonly PointedPicture[]): string {
  const spots = pictures.map(({ left, top, source, title }) => {
    // Towards the middle, where there is room.
    const classes = [left > 0.5 ? 'left' : '', top > 0.5 ? 'up' : ''].join(' ').trim();
    const style = `left:${percent(left)};top:${percent(top)};--picture:url(${source})`;
    return `<i tabindex="0" class="${classes}" aria-label="${escapeHtml(title)}" style="${style}"></i>`;
  });
  const image = `<img alt="${escapeHtml(alt)}" src="data:image/png;base64,${png.toString('base64')}">`;
  return `<style>${STYLE}</style><div class="thaw-pointed">${image}${spots.join('')}</div>`;
}
