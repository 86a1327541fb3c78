import type { Problem } from '../types.js';

type Warning = Pick<Problem, 'message' | 'remedy'>;

const boolean11 = /^(?:y|yes|on|n|no|off)$/i;
const sexagesimal = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const underscored = /^[-+]?[0-9][0-9_]*_[0-9_]*$/;
const date = /^\d{4}-\d{1,2}-\d{1,2}$/;
const leadingZero = /^[-+]?0[0-9]+$/;

/** A plain scalar that tools of YAML 1.1 (most of Python's and Ruby's) read otherwise than we do, or that loses its look. */
export function readOtherwise(source: string, value: string | number | boolean): Warning | undefined {
  if (typeof value === 'string') return textThatWasNot(source);
  if (typeof value !== 'number') return undefined;
  if (leadingZero.test(source)) return zero(source, value);
  if (String(value) === source) return undefined;
  return {
    message: `${source} is read as the number ${value}.`,
    remedy: `Write ${value}, or "${source}" for the text.`,
  };
}

function textThatWasNot(source: string): Warning | undefined {
  const kind = kindIn11(source);
  if (!kind) return undefined;
  return {
    message: `${source} is text in YAML 1.2; tools of YAML 1.1 read ${kind}.`,
    remedy: `Write "${source}".`,
  };
}

function kindIn11(source: string): string | undefined {
  if (boolean11.test(source)) return 'a boolean';
  if (sexagesimal.test(source)) return 'a number in base 60';
  if (underscored.test(source)) return 'a number';
  return date.test(source) ? 'a date' : undefined;
}

const zero = (source: string, value: number): Warning => ({
  message: `${source} is the number ${value}: YAML 1.2 has no octal with a leading zero.`,
  remedy: `Write ${value}, or "${source}" for the text.`,
});
