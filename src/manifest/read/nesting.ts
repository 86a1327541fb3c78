import { Lexer } from 'yaml';

/** Far more than any manifest needs; the parser is recursive and slow beyond. */
const MAX_NESTING = 64;

const opening = new Set(['[', '{']);
const closing = new Set([']', '}']);
const filling = /^[ \t\r\n]*$|^#/;

/**
 * Offset at which brackets nest too deeply or indicators (`- - - -`) pile up, found by the lexer alone, before a parser
 * sees the text.
 */
export function tooDeepAt(text: string): number | undefined {
  let offset = 0;
  let depth = 0;
  let run = 0;
  for (const token of new Lexer().lex(text)) {
    if (opening.has(token)) depth += 1;
    if (closing.has(token)) depth -= 1;
    if (!filling.test(token)) run = isIndicator(token) ? run + 1 : 0;
    if (depth > MAX_NESTING || run > MAX_NESTING) return offset;
    offset += isMark(token) ? 0 : token.length;
  }
  return undefined;
}

const isIndicator = (token: string): boolean => /^[-?:,[\]{}!&*%]/.test(token);

/** The lexer's own marks (byte order, document, scalar, flow error) are no text. */
const isMark = (token: string): boolean => /^[\u0002\u0018\u001f]$/.test(token);
