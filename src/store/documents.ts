import {
  type Artifacts,
  type BundleId,
  type BundleOutline,
  type Change,
  type Digest,
  documentDomains as domains,
  type Json,
  type MachineShape,
  MillwrightError,
  type Plan,
  preimage,
  type StepRecord,
  shapePreimage,
  shortDigest,
  type Target,
} from '../model/index.js';
import { missing } from './errors.js';
import type { Store } from './port.js';

type Kind = keyof typeof domains;

/**
 * What a compiled plan consists of. `tars` is gone through once, so that not all bundles are in memory at a time: id,
 * bytes, and the texts from which `findBundle` and `findStep` read a bundle back.
 */
export interface PlanDocuments {
  readonly plan: Plan;
  readonly targets: readonly Target[];
  readonly tars: Iterable<readonly [BundleId, Uint8Array, readonly string[]]>;
  readonly runner: Uint8Array | string;
  /** Tars that are in the store already, for bundles that the plan returns to and does not make. */
  readonly known?: Readonly<Record<BundleId, Digest>>;
}

export interface StoredPlan {
  readonly plan: Digest;
  readonly artifacts: Digest;
}

/** Puts everything that a plan names into the store, the plan last: who finds it finds all of it. */
export async function storePlan(store: Store, documents: PlanDocuments): Promise<StoredPlan> {
  const bundles: Record<BundleId, Digest> = { ...documents.known };
  await inTurns(documents.tars, async ([id, tar, texts]) => {
    bundles[id] = await store.put(tar);
    for (const text of texts) await store.put(text);
  });
  const shapes = new Set(documents.targets.map((target) => shapePreimage(target.shape)));
  await inTurns(shapes, (shape) => store.put(shape));
  await inTurns(documents.targets, (target) => store.put(preimage(domains.target, target)));
  const runner = await store.put(documents.runner);
  const artifacts = await store.put(preimage(domains.artifacts, { bundles, runner } satisfies Artifacts));
  return { plan: await store.put(preimage(domains.plan, documents.plan)), artifacts };
}

export const storeChange = (store: Store, change: Change): Promise<Digest> =>
  store.put(preimage(domains.change, change));

export const readPlan = async (store: Store, digest: Digest): Promise<Plan> =>
  currentPlan(await read(store, digest, 'plan'));
export const readTarget = async (store: Store, digest: Digest): Promise<Target> =>
  currentTarget(await read(store, digest, 'target'));
export const readArtifacts = (store: Store, digest: Digest): Promise<Artifacts> =>
  read(store, digest, 'artifacts');
export const readChange = (store: Store, digest: Digest): Promise<Change> => read(store, digest, 'change');

/** The shape of that digest, if it is still there; an image's name isn't stored with it. */
export async function findShape(store: Store, digest: Digest): Promise<MachineShape | undefined> {
  if (!(await store.has(digest))) return undefined;
  const shape = await read<MachineShape>(store, digest, 'shape');
  return { ...shape, image: { ...shape.image, name: '' } };
}

/** What a bundle means, by its id; undefined where it was never stored here. */
export async function findBundle(store: Store, id: BundleId): Promise<BundleOutline | undefined> {
  return (await store.has(id)) ? read(store, id, 'bundle') : undefined;
}

/** What is known of several bundles. */
export async function findBundles(
  store: Store,
  ids: readonly BundleId[],
): Promise<ReadonlyMap<BundleId, BundleOutline>> {
  const found = new Map<BundleId, BundleOutline>();
  await inTurns(ids, async (id) => {
    const outline = await findBundle(store, id);
    if (outline) found.set(id, outline);
  });
  return found;
}

/** What a step meant, by its hash; undefined where it was never stored here. */
export async function findStep(store: Store, hash: Digest): Promise<StepRecord | undefined> {
  if (!(await store.has(hash))) return undefined;
  const intent = await read<Readonly<Record<string, Json>>>(store, hash, 'step');
  const texts: Record<Digest, string> = {};
  for (const value of Object.values(intent)) {
    if (typeof value !== 'string' || !/^[0-9a-f]{64}$/.test(value) || !(await store.has(value))) continue;
    texts[value] = Buffer.from(await store.get(value)).toString('utf8');
  }
  return { hash, intent, texts };
}

/** The plan whose digest begins like this. Throws MW-STORE-MISSING, or MW-STORE-AMBIGUOUS where several do. */
export async function findPlan(store: Store, prefix: string): Promise<{ digest: Digest; plan: Plan }> {
  const found: { digest: Digest; plan: Plan }[] = [];
  for (const digest of await store.find(prefix)) {
    const plan = parse<Plan>(await store.get(digest), 'plan');
    if (plan) found.push({ digest, plan: currentPlan(plan) });
  }
  const [first, second] = found;
  if (!first) throw missing(prefix, 'a plan of that number');
  if (second) throw ambiguous(prefix, found);
  return first;
}

/** Documents of before had no policy: people were asked, and no way back was planned. */
const currentPlan = (plan: Plan): Plan => ({
  ...plan,
  groups: plan.groups.map((group) => ({ ...group, onFailure: group.onFailure ?? 'ask' })),
});
const currentTarget = (target: Target): Target => ({
  ...target,
  rungs: target.rungs ?? [],
  cannotUndo: target.cannotUndo ?? [],
});

async function read<T>(store: Store, digest: Digest, kind: Kind): Promise<T> {
  const document = parse<T>(await store.get(digest), kind);
  if (document === undefined) throw otherKind(digest, kind);
  return document;
}

/** Undefined where the bytes are of another kind. What has the right domain and digest was written by us. */
function parse<T>(bytes: Uint8Array, kind: Kind): T | undefined {
  const head = Buffer.from(`${domains[kind]}\n`);
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!content.subarray(0, head.length).equals(head)) return undefined;
  return JSON.parse(content.subarray(head.length).toString('utf8')) as T;
}

/** A few at a time: each waits for a disk or a network, but thousands at once would exhaust both. */
async function inTurns<T>(items: Iterable<T>, work: (item: T) => Promise<unknown>): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: 32 }, worker));
}

const otherKind = (digest: Digest, kind: string): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-STORE-DOMAIN',
      cause: 'infrastructure',
      message: `${shortDigest(digest)} is in the store, but it is not a ${kind}.`,
      remedy: 'Check which digest was passed where: this is a mistake of the caller, not of the store.',
    },
    false,
  );

const ambiguous = (prefix: string, found: readonly { digest: Digest; plan: Plan }[]): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-STORE-AMBIGUOUS',
      cause: 'change',
      message: `${prefix} is the beginning of ${found.length} plans.`,
      detail: found.map(({ digest, plan }) => `${digest.slice(0, 16)}  ${plan.fleet}/${plan.environment}`),
      remedy: 'Type more digits.',
    },
    false,
  );
