import {
  type Debt,
  type Digest,
  digestOf,
  type FactRequest,
  type Json,
  type Step,
  sha256Hex,
} from '../model/index.js';
import { commonParts } from './common.js';
import { factKey } from './factKey.js';
import { quote } from './quote.js';
import { partsOf } from './text.js';
import type { ResolvedCommon } from './types.js';

export interface StepDraft {
  readonly resource: ResolvedCommon & { readonly type: string };
  readonly repeatable?: boolean;
  readonly undo: Step['undo'];
  readonly pushOnly?: boolean;
  readonly facts?: readonly FactRequest[];
  readonly slots?: readonly string[];
  /** Shell variables of the type, values as they are. */
  readonly variables: Readonly<Record<string, string>>;
  /** Shell text of further functions and assignments, each a line or more. */
  readonly extra?: readonly string[];
  /** Contents that the script reads as `files/<sha256>`. */
  readonly files?: readonly (string | Uint8Array)[];
  /** Texts that the intent names by digest, slot tokens included, where they aren't just `files`. */
  readonly texts?: readonly string[];
  /** Normalised intent; long texts stand as their digests. */
  readonly intent: Readonly<Record<string, Json | undefined>>;
}

/** Puts a step together: its hash covers what it means, its script is variables and two functions. */
export function makeStep(draft: StepDraft): Step {
  const { resource, repeatable = true, undo, slots = [], files = [] } = draft;
  const { id, type, notify } = resource;
  const common = commonParts(resource);
  const facts = [...common.facts, ...(draft.facts ?? [])];
  const risky = resource.risky ? { risky: true } : {};
  const intent = { id, type, notify: notify.map(debtText), ...risky, ...common.intent, ...draft.intent };
  const hash = digestOf('millwright.step.v1', intent);
  return {
    ...{ id, type, hash, repeatable, undo, ...risky, notify, facts, slots, intent },
    ...(draft.pushOnly ? { pushOnly: true } : {}),
    script: script({ ...draft, facts }, common.lines, hash, repeatable),
    ...(draft.texts === undefined ? {} : { texts: byDigest(draft.texts) }),
    files: byDigest(files),
  };
}

const byDigest = <T extends string | Uint8Array>(contents: readonly T[]): Record<Digest, T> =>
  Object.fromEntries(contents.map((one): [Digest, T] => [sha256Hex(one), one]));

function script(draft: StepDraft, common: readonly string[], hash: Digest, repeatable: boolean): string {
  const { resource, facts = [], slots = [], variables, extra = [] } = draft;
  return [
    `id=${quote(resource.id)}`,
    `type=${resource.type} repeatable=${repeatable ? 1 : 0} undo=${draft.undo}${resource.risky ? ' risky=1' : ''}`,
    `hash=${hash}`,
    `slots=${quote(slots.join(' '))}`,
    ...common,
    shellFunction(
      'notify',
      resource.notify.map((debt) => `owe ${quote(debtText(debt))} || return`),
    ),
    shellFunction('facts', facts.map(needLine)),
    ...Object.entries(variables).map(([name, value]) => `${name}=${quote(value)}`),
    ...extra,
    '',
  ].join('\n');
}

export const debtText = ({ action, step }: Debt): string => `${action} ${step}`;

export const shellFunction = (name: string, lines: readonly string[]): string =>
  `${name}() {\n${(lines.length === 0 ? [':'] : lines).map((line) => `  ${line}\n`).join('')}}`;

/** Asks the runner to gather a fact in its next sweep. */
export const needLine = ({ kind, key }: FactRequest): string =>
  `need ${kind} ${factKey(kind, key)} ${quote(key)}`;

export { factKey };

/** A function that exports environment variables, slots filled in. Never arguments: everybody can read those. */
export const exportFunction = (name: string, words: Readonly<Record<string, string>>): string =>
  shellFunction(
    name,
    Object.keys(words)
      .sort()
      .map((key) => `${key}=${words[key]} && export ${key}`),
  );

/** A function `content` that prints a text with slots filled in, and the pieces it reads from `files/`. */
export function contentFunction(text: string): { readonly shell: string; readonly files: readonly string[] } {
  const parts = partsOf(text);
  const words = parts.map((part) =>
    'slot' in part ? `"$rt/slots/${part.slot}"` : `"$bundle_dir/files/${sha256Hex(part.text)}"`,
  );
  return {
    shell: shellFunction('content', [`cat ${words.join(' ')}`]),
    files: parts.flatMap((part) => ('text' in part ? [part.text] : [])),
  };
}

export const flag = (value: boolean): string => (value ? '1' : '0');
