/**
 * What a terminal or a page would obey or hide, not show: control characters, line separators, marks that turn the direction of
 * writing, halves of characters, and what Unicode says is none.
 */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}\p{Noncharacter_Code_Point}\uFEFF]/gu;

const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const escaped = (character: string) =>
  SHORT[character] ?? character.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/**
 * A name from outside, such as a file's, a class's or a layer's, as it can be printed: what would colour a terminal, break the
 * line or write backwards is spelled out, `\u001b[31m`. All else stays as it is, letters of any language included.
 */
export function shown(name: string): string {
  return name.replace(UNSEEN, escaped);
}
