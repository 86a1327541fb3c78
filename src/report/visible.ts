/** Colours and weights of ours, which neither hide text nor move it. */
const ours = '\\u001b\\[(?:1|2|22|3[1-6]|39)m';
/** What moves, hides or reorders text: control characters, and those that turn the direction of writing. */
const hidden = '[^\\P{Cc}\\n\\t]|[\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]';
const found = new RegExp(`(${ours})|${hidden}`, 'gu');
const any = new RegExp(`[\\n\\t]|${hidden}`, 'gu');

/** Text for a terminal: what people and machines said can't rewrite it. Lines, tabs and our colours stay. */
export const visible = (text: string): string =>
  text.replace(/\r\n?/g, '\n').replace(found, (one, colour: string | undefined) => colour ?? escaped(one));

/** A remark of somebody's as a part of one line: what would begin another is shown, and of a long one the beginning. */
export function oneLine(text: string, longest = 400): string {
  const shown = text.trim().replace(any, (one) => (one === '\n' || one === '\t' ? ' ' : escaped(one)));
  return shown.length <= longest ? shown : `${shown.slice(0, longest)}… (${text.length} characters)`;
}

/** As JSON has it, so that a document stays what it is. */
const escaped = (one: string): string => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`;
