import { runnerScript } from '../bundle/index.js';
import type { LoadedFleet } from '../manifest/index.js';
import type { Base, BundleId, Digest, EnvironmentRef, MachineShape } from '../model/index.js';
import { bundleTars, type Compiled, type CompileOptions, compile, verifiedBundles } from '../plan/index.js';
import type { Commit } from '../report/index.js';
import { findBundle, findShape, type StoredPlan, storePlan } from '../store/documents.js';
import type { Store } from '../store/port.js';
import type { Context } from './context.js';
import { refused } from './errors.js';
import { endWithProblems, keyed, loadOrEnd } from './fleet.js';
import { commitOf } from './git.js';
import { lastSurroundings } from './lastSurroundings.js';
import type { Stores } from './stores.js';
import { verifiedBytes } from './verifiedBytes.js';

/** A fleet compiled against what its machines are now. */
export interface Prepared {
  readonly fleet: LoadedFleet;
  readonly environment: EnvironmentRef;
  readonly base: Base;
  readonly compiled: Compiled;
  readonly commit: Commit | null;
  /** Tars of the bundles that its machines were verified with. */
  readonly bytes: Readonly<Record<BundleId, Digest>>;
}

/** A plan of some machines only, or one that makes machines anew; `fleet`: files that were read already. */
export interface PrepareOptions extends Pick<CompileOptions, 'replace' | 'only'> {
  readonly fleet?: LoadedFleet;
}

export async function prepare(
  context: Context,
  stores: Stores,
  { fleet: loaded, ...options }: PrepareOptions = {},
): Promise<Prepared> {
  const { record, store } = stores;
  const fleet = loaded ? keyed(context, loaded) : await loadOrEnd(context);
  const { manifest } = fleet;
  const environment = { fleet: manifest.fleet, fleetUid: manifest.uid, environment: manifest.environment };
  const base = await record.base(environment);
  const last = await lastSurroundings(stores, environment, base, Object.keys(manifest.groups));
  const compiled = compile(fleet, base, { ...(await knownOf(store, base)), last, ...options });
  if (!compiled.ok) return endWithProblems(context, compiled.problems, 1);
  const bytes = await verifiedBytes(stores, environment);
  return { fleet, environment, base, compiled, bytes, commit: await commitOf(process.cwd()) };
}

/** What the store still knows of existing machines: their shapes, and the bundles that a rollback would return to. */
export async function knownOf(
  store: Store,
  base: Base,
): Promise<Pick<CompileOptions, 'shapes' | 'outlines'>> {
  const ids = verifiedBundles(base);
  const found = await Promise.all(ids.map(async (id) => [id, await findBundle(store, id)] as const));
  const outlines = new Map(found.flatMap(([id, outline]) => (outline ? [[id, outline] as const] : [])));
  return { shapes: await shapesOf(store, base), outlines };
}

/** The shapes that existing machines were made with, as far as the store still has them. */
export async function shapesOf(store: Store, base: Base): Promise<Record<Digest, MachineShape>> {
  const digests = [...new Set(Object.values(base).map((one) => one.shape))];
  const shapes = await Promise.all(
    digests.map(async (digest) => [digest, await findShape(store, digest)] as const),
  );
  return Object.fromEntries(shapes.flatMap(([digest, shape]) => (shape ? [[digest, shape]] : [])));
}

export const storeCompiled = (
  store: Store,
  compiled: Compiled,
  known?: Prepared['bytes'],
): Promise<StoredPlan> =>
  storePlan(store, {
    known,
    plan: compiled.plan,
    targets: compiled.targets,
    tars: bundleTars(compiled),
    runner: runnerScript().bytes,
  });

/** Where the environment's rules want it, only what is committed may change machines. */
export function requireCleanCommit({ fleet, environment, commit }: Prepared): void {
  if (!fleet.manifest.rules.cleanCommit || (commit && !commit.dirty)) return;
  throw refused(
    'MW-REFUSED-COMMIT',
    commit
      ? `${environment.environment} takes only what is committed, and files here differ from ${commit.id.slice(0, 7)}.`
      : `${environment.environment} takes only what is committed, and this folder is not under version control.`,
    `Commit first, or set environments.${environment.environment}.rules.cleanCommit: false.`,
  );
}
