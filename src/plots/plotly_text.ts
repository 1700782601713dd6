import { shown } from '../utils/shown';

/** Plotly takes `<b>` and the like for markup, `&lt;` for a character, and what stands between two `$` for a formula. */
const MARKUP = /[<>&$]/g;
const ENTITY = /&#(3[68]|6[02]);/g;
const TAG = /<\/?(?:a|b|em|i|s|span|strong|sub|sup|u)\b[^>]*>/g;

/**
 * A text as Plotly is to be given it, that its figures show it as it was typed. What can't be shown, such as a control character,
 * is spelled out (see {@link shown}).
 */
export function plotlyText(text: string): string {
  return shown(text).replace(MARKUP, (character) => `&#${character.charCodeAt(0)};`);
}

/** What Plotly shows of a text, in one line: the way back from {@link plotlyText}. Its markup is left out. */
export function textOfPlotly(text: string): string {
  return text
    .replaceAll('<br>', ' ')
    .replace(TAG, '')
    .replace(ENTITY, (_, code) => String.fromCharCode(Number(code)));
}
