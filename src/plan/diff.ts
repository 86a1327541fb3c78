import {
  type BundleId,
  type BundleOutline,
  canonicalJson,
  type Digest,
  type Slot,
  type Step,
  type StepRecord,
} from '../model/index.js';
import type { Compiled } from './assemble.js';
import { addedText, type DiffItem, stepItems } from './items.js';

/** What is read from the store for a diff: the bundles that machines were last admitted to, and their changed steps. */
export interface BaseBundles {
  readonly outlines: ReadonlyMap<BundleId, BundleOutline>;
  readonly steps: ReadonlyMap<Digest, StepRecord>;
}

type Planned = Pick<Compiled, 'targets' | 'bundles'>;

/** Bundles whose outlines `diffPlan` wants to know. */
export const baseBundleIds = ({ targets }: Planned): BundleId[] => [
  ...new Set(
    targets.flatMap(({ base, bundle }) =>
      base?.assigned && base.assigned !== bundle ? [base.assigned] : [],
    ),
  ),
];

/** Hashes of base steps that differ from what is planned: whose records `diffPlan` wants to know. */
export function changedBaseSteps({ targets, bundles }: Planned, outlines: BaseBundles['outlines']): Digest[] {
  const pairs = new Map(
    targets.map(({ base, bundle }) => [`${base?.assigned} ${bundle}`, [base?.assigned, bundle]]),
  );
  const hashes = [...pairs.values()].flatMap(([before, after]) => {
    const kept = new Set(bundles.get(after ?? '')?.steps.map((step) => step.hash));
    return (outlines.get(before ?? '')?.steps ?? [])
      .map((step) => step.hash)
      .filter((hash) => !kept.has(hash));
  });
  return [...new Set(hashes)];
}

/** What changes on each machine between the bundle it was admitted to and the one planned for it, in order of apply. */
export function diffPlan(
  { targets, bundles }: Planned,
  base: BaseBundles,
): ReadonlyMap<string, readonly DiffItem[]> {
  const known = new Map<string, readonly DiffItem[]>();
  const diff = (assigned: BundleId | null, bundle: BundleId): readonly DiffItem[] => {
    const after = bundles.get(bundle);
    if (assigned === bundle || !after) return [];
    if (assigned === null) return after.steps.map(added);
    const before = base.outlines.get(assigned);
    return before ? diffBundles(before, after, stepLookup(base.steps, after.steps)) : [unknownBase];
  };
  const items = (assigned: BundleId | null, bundle: BundleId): readonly DiffItem[] => {
    const key = `${assigned} ${bundle}`;
    const found = known.get(key) ?? diff(assigned, bundle);
    known.set(key, found);
    return found;
  };
  return new Map(
    targets.map((target) => [
      target.ref.machine,
      target.action === 'destroy' ? [] : items(target.base?.assigned ?? null, target.bundle),
    ]),
  );
}

const added = (step: Step): DiffItem => ({
  ...{ mark: 'add', id: step.id, diff: [] },
  // Of a machine that isn't there yet the list is long enough.
  text: typeof (step.intent as { when?: unknown }).when === 'string' ? addedText(step) : '',
});

const unknownBase: DiffItem = {
  mark: 'change',
  id: 'bundle',
  text: 'the one it was admitted to is not in this store: what differs is not known',
  diff: [],
};

function stepLookup(
  stored: BaseBundles['steps'],
  steps: readonly Step[],
): (hash: Digest) => StepRecord | undefined {
  const fresh = new Map(steps.map((step) => [step.hash, recordOf(step)]));
  return (hash) => fresh.get(hash) ?? stored.get(hash);
}

/** A compiled step as it would be read back from the store. */
export const recordOf = ({ hash, intent, texts, files }: Step): StepRecord => ({
  hash,
  intent,
  texts: texts ?? textsOf(files),
});

/** Files of a step that are text. Others are known by digest and size, which the intent says. */
export const textsOf = (files: Step['files']): Readonly<Record<Digest, string>> =>
  Object.fromEntries(
    Object.entries(files).filter((entry): entry is [Digest, string] => typeof entry[1] === 'string'),
  );

/** Differences of steps, then of what verification checks, where slots come from, and the order. */
export function diffBundles(
  before: BundleOutline,
  after: BundleOutline,
  step: (hash: Digest) => StepRecord | undefined,
): DiffItem[] {
  const items = [
    ...stepItems(before, after, step),
    ...verifyItems(before, after),
    ...slotItems(before, after),
  ];
  if (items.length > 0) return items;
  return [{ mark: 'change', id: 'order', text: 'the same steps in another order', diff: [] }];
}

function verifyItems(before: BundleOutline, after: BundleOutline): DiffItem[] {
  const gone = before.verify.filter((check) => !after.verify.some((one) => one.id === check.id));
  const changed = after.verify.flatMap((check): DiffItem[] => {
    const old = before.verify.find((one) => one.id === check.id);
    if (!old) return [{ mark: 'add', id: `verify ${check.id}`, text: '', diff: [] }];
    if (canonicalJson(old) === canonicalJson(check)) return [];
    return [{ mark: 'change', id: `verify ${check.id}`, text: 'is checked otherwise', diff: [] }];
  });
  const removed = gone.map(
    ({ id }): DiffItem => ({ mark: 'remove', id: `verify ${id}`, text: 'is checked no more', diff: [] }),
  );
  return [...changed, ...removed];
}

function slotItems(before: BundleOutline, after: BundleOutline): DiffItem[] {
  return after.slots.flatMap((slot): DiffItem[] => {
    const old = before.slots.find((one) => one.name === slot.name);
    if (!old || source(old) === source(slot)) return [];
    return [
      { mark: 'change', id: `secret ${slot.name}`, text: `${source(old)} → ${source(slot)}`, diff: [] },
    ];
  });
}

function source(slot: Slot): string {
  if (slot.kind === 'address') return `address of ${slot.machine}`;
  if (slot.kind === 'fact') return `${slot.fact} of ${slot.machine}`;
  if ('exec' in slot.secret) return `exec ${slot.secret.exec.join(' ')}`;
  return 'env' in slot.secret ? `env ${slot.secret.env}` : `file ${slot.secret.file}`;
}
