import { atMost } from './classes.js';
import { failureHead } from './failure.js';
import type { Paint } from './paint.js';
import { machineRanges } from './ranges.js';
import type { Signature } from './signatures.js';
import { count } from './text.js';

/** More kinds of failures than that are counted. */
const NAMED = 5;

/** The other machines of a failure that is told of one. */
export const alikeLines = (machines: readonly string[], more = ''): string[] =>
  machines.length === 0
    ? []
    : [`    Alike    ${machineRanges(machines)}: ${count(machines.length, 'machine')} more${more}`];

/** Kinds of failures that there is no room for, in a line each. */
export const signatureLines = (signatures: readonly Signature[], paint: Paint): string[] =>
  atMost(
    signatures,
    NAMED,
    ({ first, machines }) => [
      ...(first.failure === undefined ? [] : ['', failureHead(first, first.failure, paint)]),
      ...alikeLines(machines.slice(1)),
    ],
    (left) => `… ${count(left.length, 'kind')} of failure more, on ${count(total(left), 'machine')}`,
  );

const total = (signatures: readonly Signature[]): number =>
  signatures.reduce((sum, one) => sum + one.machines.length, 0);
