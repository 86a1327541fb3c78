import type { FailureInfo, MachineOutcome } from '../model/index.js';

/** Failures alike: the same code at the same step, with the same message but for names, numbers and addresses. */
export interface Signature {
  readonly code: FailureInfo['code'];
  readonly cause: FailureInfo['cause'];
  readonly step: string | null;
  /** As it was said, or, where machines said it differently, with what differs replaced. */
  readonly message: string;
  readonly machines: readonly string[];
  /** One of them, told in full for all. */
  readonly first: MachineOutcome;
}

/** Of those that failed; the one that most machines share first. */
export function signaturesOf(outcomes: readonly MachineOutcome[]): Signature[] {
  const alike = new Map<string, MachineOutcome[]>();
  for (const one of outcomes) {
    if (one.failure === undefined) continue;
    const key = signatureKey(one.failure, one);
    const known = alike.get(key);
    if (known) known.push(one);
    else alike.set(key, [one]);
  }
  return [...alike.values()].map(signature).sort((a, b) => b.machines.length - a.machines.length);
}

const signatureKey = (
  { code, step, message }: FailureInfo,
  { machine, outcome }: Pick<MachineOutcome, 'machine' | 'outcome'>,
): string => JSON.stringify([code, outcome, normalised(step ?? '', machine), normalised(message, machine)]);

function signature(members: readonly MachineOutcome[]): Signature {
  const [first] = members;
  if (first?.failure === undefined) throw new Error('A signature is one of failures.');
  const { code, cause, step } = first.failure;
  const said = members.map(({ machine, failure }) => ({ machine, text: failure?.message ?? '' }));
  return { code, cause, step: step ?? null, message: commonText(said), machines: names(members), first };
}

const names = (all: readonly { readonly machine: string }[]): string[] => all.map((one) => one.machine);

/** What all of them say, or, where they differ in names and numbers alone, what is left without these. */
export function commonText(said: readonly { readonly machine: string; readonly text: string }[]): string {
  const [first] = said;
  if (first === undefined) return '';
  return said.every(({ text }) => text === first.text) ? first.text : normalised(first.text, first.machine);
}

/** In this order: what comes first may hold what comes later. */
const replacements: readonly (readonly [RegExp, string])[] = [
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?/g, '<time>'],
  [/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/gi, '<address>'],
  [/(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{1,4}\b(?:%\w+)?/gi, '<address>'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?:\/\d+)?\b/g, '<address>'],
  [/\bSHA256:[\w+/]+=*/g, '<id>'],
  [/\b[0-9A-HJKMNP-TV-Z]{26}\b/g, '<id>'],
  [/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\b/g, '<id>'],
  [/\b(?:\d+(?:\.\d+)?(?:ms|min|[smhd])(?=\d|\b))+/g, '<time>'],
  [/\d+(?:\.\d+)?/g, '<n>'],
];

/** A message without what differs from machine to machine: its name, times, addresses, ids, numbers. */
export function normalised(text: string, machine: string): string {
  const nameless = text.replaceAll(wholeWord(machine), '<machine>');
  return replacements.reduce((now, [pattern, word]) => now.replace(pattern, word), nameless);
}

/** `web-1` isn't in `web-10`. */
const wholeWord = (name: string): RegExp =>
  new RegExp(`(?<![\\w-])${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w-])`, 'g');
