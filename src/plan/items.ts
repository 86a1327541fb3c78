import type { BundleOutline, Digest, Json, Slot, StepRecord } from '../model/index.js';
import { unifiedDiff } from './lines.js';
import { type Attribute, attributesOf } from './shown.js';

/** One difference as a plan prints it. `run`: an action such as a reload that the others cause. */
export interface DiffItem {
  readonly mark: 'add' | 'change' | 'remove' | 'run';
  /** Step id, or what else differs. */
  readonly id: string;
  readonly text: string;
  /** Lines of a unified diff, without file headers. */
  readonly diff: readonly string[];
}

type Lookup = (hash: Digest) => StepRecord | undefined;

/** Steps that are new or differ, the handlers they notify, and what is no longer managed. */
export function stepItems(before: BundleOutline, after: BundleOutline, step: Lookup): DiffItem[] {
  const old = new Map(before.steps.map(({ id, hash }) => [id, hash]));
  const slots = [...after.slots, ...before.slots];
  const differing = after.steps.filter(({ id, hash }) => old.get(id) !== hash);
  const changed = differing.map(({ id, hash }) => stepItem(id, old.get(id), hash, step, slots));
  const kept = new Set(after.steps.map(({ id }) => id));
  return [
    ...changed,
    ...handlerItems(differing, step),
    ...before.steps.filter(({ id }) => !kept.has(id)).map(({ id }) => unmanaged(id)),
  ];
}

/** It stays on the machine: taking a resource out of the manifest removes nothing. */
const unmanaged = (id: string): DiffItem => ({
  mark: 'remove',
  id,
  text: 'no longer managed: it stays; `absent: true` would remove it',
  diff: [],
});

function stepItem(
  id: string,
  old: Digest | undefined,
  now: Digest,
  step: Lookup,
  slots: readonly Slot[],
): DiffItem {
  const after = step(now);
  if (!after) return { mark: old ? 'change' : 'add', id, text: '', diff: [] };
  const attributes = attributesOf(after, slots);
  if (old === undefined) return { mark: 'add', id, text: addedText(after), diff: longDiff([], attributes) };
  const before = step(old);
  if (!before) return { mark: 'change', id, text: 'what it was before is not in this store', diff: [] };
  const was = attributesOf(before, slots);
  return { mark: 'change', id, text: shortDiff(was, attributes), diff: longDiff(was, attributes) };
}

/** What is said of a step that is new: which version, and for which machines, as far as they tell only themselves. */
export function addedText({ intent }: Pick<StepRecord, 'intent'>): string {
  const { version, when } = intent as Readonly<Record<string, Json | undefined>>;
  const texts = [version === undefined ? '' : `→ ${version}`, when === undefined ? '' : `when ${when}`];
  return texts.filter((text) => text !== '').join(' ');
}

/** `mode 644 → 600, owner root`: attributes that fit on a line. */
function shortDiff(before: readonly Attribute[], after: readonly Attribute[]): string {
  return pairs(before, after)
    .filter(([was, is]) => !was?.long && !is?.long)
    .map(([was, is]) => `${(is ?? was)?.name} ${inline(was)} → ${inline(is)}`)
    .join(', ');
}

const inline = (attribute: Attribute | undefined): string => attribute?.value || 'none';

function longDiff(before: readonly Attribute[], after: readonly Attribute[]): string[] {
  const changed = pairs(before, after).filter(([was, is]) => was?.long || is?.long);
  return changed.flatMap(([was, is]) => {
    const name = (is ?? was)?.name ?? '';
    const lines = unifiedDiff(was?.value ?? '', is?.value ?? '');
    return name === 'content' || name === 'block' ? lines : [`${name}:`, ...lines];
  });
}

/** Attributes that differ, by name. */
function pairs(
  before: readonly Attribute[],
  after: readonly Attribute[],
): [Attribute | undefined, Attribute | undefined][] {
  const names = [...new Set([...after, ...before].map((one) => one.name))];
  const find = (side: readonly Attribute[], name: string) => side.find((one) => one.name === name);
  return names
    .map((name): [Attribute | undefined, Attribute | undefined] => [find(before, name), find(after, name)])
    .filter(([was, is]) => was?.value !== is?.value);
}

/** One item per service, naming what causes it; a restart absorbs a reload. */
function handlerItems(differing: readonly { id: string; hash: Digest }[], step: Lookup): DiffItem[] {
  const causes = new Map<string, { action: string; ids: string[] }>();
  for (const { id, hash } of differing) {
    for (const text of notifyOf(step(hash))) {
      const [action = '', ...service] = text.split(' ');
      const known = causes.get(service.join(' '));
      const stronger = known?.action === 'restart' ? 'restart' : action;
      causes.set(service.join(' '), { action: stronger, ids: [...(known?.ids ?? []), id] });
    }
  }
  return [...causes].map(([id, { action, ids }]) => ({
    ...{ mark: 'run', id, diff: [] },
    text: `${action}, because ${ids.join(', ')} changed`,
  }));
}

function notifyOf(record: StepRecord | undefined): readonly string[] {
  const notify = (record?.intent as Readonly<Record<string, Json | undefined>> | undefined)?.notify;
  return Array.isArray(notify) ? notify.filter((one) => typeof one === 'string') : [];
}
