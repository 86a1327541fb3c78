import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type Digest,
  digestOf,
  documentDomains,
  type EnvironmentRef,
  MillwrightError,
} from '../../model/index.js';
import { digestBytes } from '../../store/digest.js';
import { readArtifacts } from '../../store/documents.js';
import type { Context } from '../context.js';
import { Exit } from '../exit.js';
import { activeRuns } from '../run/active.js';
import { type Stores, withStores } from '../stores.js';
import { engineOrReason } from '../temporal.js';
import { version } from '../version.js';
import { type Entry, writeArchive } from './archive.js';
import { closureOf } from './closure.js';
import { type BackupDocument, backupText } from './documents.js';
import { exists } from './errors.js';
import { readKeys } from './keys.js';
import { FORMAT, type Manifest } from './manifest.js';
import { type SealOptions, sealOf } from './seal.js';
import {
  changesOf,
  environmentKey,
  environmentsOf,
  machinesOf,
  parseState,
  type State,
  type StateMachine,
} from './state.js';

export interface BackupOptions extends SealOptions {
  readonly force?: boolean;
}

/** Writes what control must not lose into one encrypted file. */
export async function backUp(context: Context, name: string, options: BackupOptions): Promise<number> {
  const seal = await sealOf(options);
  const file = resolve(name);
  if (!options.force && (await stat(file).catch(() => undefined))) throw exists(name);
  return withStores(context, async (stores) => {
    const contents = await gather(context, stores);
    const { sizeBytes } = await writeArchive(file, seal, entriesOf(contents, stores));
    const { manifest, keys } = contents;
    const document: BackupDocument = {
      schema: 'millwright/backup/v1',
      ...{ file, at: manifest.createdAt, sizeBytes, environments: manifest.environments },
      keys: keys.map((one) => one.name),
      ...{ documents: manifest.documents.length, missing: manifest.missing },
      notes: [
        ...keyNotes(keys),
        ...missingNotes(manifest),
        ...(await runNotes(context, contents.environments)),
      ],
    };
    context.emit(document, () => backupText(document));
    return Exit.asAsked;
  });
}

interface Contents {
  readonly manifest: Manifest;
  readonly keys: readonly Entry[];
  readonly record: Buffer;
  readonly environments: readonly EnvironmentRef[];
}

async function gather(context: Context, stores: Stores): Promise<Contents> {
  const settings = context.settings();
  const keys = await readKeys(join(settings.state, 'keys'));
  const record = Buffer.from(JSON.stringify(await stores.record.exportState()));
  const state = parseState('the record', record);
  const machines = machinesOf(state);
  const environments = environmentsOf(machines);
  const { documents, missing } = await closureOf(stores.store, await rootsOf(stores, state, environments));
  const manifest: Manifest = {
    format: FORMAT,
    millwright: version(),
    createdAt: new Date().toISOString(),
    site: await siteOf(settings.state),
    environments: environments.map((one) => ({
      ...one,
      machines: machines.filter((each) => environmentKey(each.environment) === environmentKey(one)).length,
    })),
    files: [
      { name: 'record.json', sha256: digestBytes(record) },
      ...keys.map(({ name, bytes }) => ({ name: `keys/${name}`, sha256: digestBytes(bytes) })),
    ],
    ...{ documents: [...documents], missing: [...missing] },
  };
  return { manifest, keys, record, environments };
}

async function siteOf(state: string): Promise<string | null> {
  const text = await readFile(join(state, 'site.json'), 'utf8').catch(() => undefined);
  return text === undefined ? null : (JSON.parse(text) as { site: string }).site;
}

/** The last change of each machine with its plan, and the bundles that machines run or would go back to. */
async function rootsOf(
  stores: Stores,
  state: State,
  environments: readonly EnvironmentRef[],
): Promise<Digest[]> {
  const changes = changesOf(state);
  const machines = machinesOf(state).filter((one) => one.instance !== null);
  const shapes = machines.flatMap((one) => one.instance?.shape ?? []);
  const tars = await Promise.all(environments.map((one) => tarsOf(stores, one, bundlesOf(machines, one))));
  const documents = await Promise.all(
    changes.map(async (change) => {
      const digest = digestOf(documentDomains.change, change);
      return (await stores.store.has(digest)) ? [digest] : [];
    }),
  );
  return [
    ...documents.flat(),
    ...changes.flatMap((change) => [change.plan, change.artifacts]),
    ...[...bundlesOf(machines), ...shapes, ...tars.flat()],
  ];
}

const bundlesOf = (machines: readonly StateMachine[], environment?: EnvironmentRef): Set<string> =>
  new Set(
    machines
      .filter((one) => !environment || environmentKey(one.environment) === environmentKey(environment))
      .flatMap((one) => [one.assigned ?? [], one.verified ?? []].flat()),
  );

/** How many changes back the bytes of a bundle are looked for. */
const LOOK_BACK = 1000;

/** Digests of the tars of these bundles, as the newest changes that had them say. */
async function tarsOf(
  { record, store }: Stores,
  environment: EnvironmentRef,
  bundles: ReadonlySet<string>,
): Promise<Digest[]> {
  const wanted = new Set(bundles);
  const found: Digest[] = [];
  for (const { change } of await record.changes(environment, LOOK_BACK)) {
    if (wanted.size === 0) break;
    const artifacts = await readArtifacts(store, change.artifacts).catch(lost);
    for (const id of [...wanted]) {
      const tar = artifacts?.bundles[id];
      if (tar === undefined) continue;
      found.push(tar);
      wanted.delete(id);
    }
  }
  return found;
}

function lost(error: unknown): undefined {
  if (error instanceof MillwrightError && error.info.code === 'MW-STORE-MISSING') return undefined;
  throw error;
}

async function* entriesOf({ manifest, keys, record }: Contents, { store }: Stores): AsyncIterable<Entry> {
  yield { name: 'manifest.json', bytes: Buffer.from(JSON.stringify(manifest)) };
  yield { name: 'record.json', bytes: record };
  for (const { name, bytes } of keys) yield { name: `keys/${name}`, bytes };
  for (const digest of manifest.documents)
    yield { name: `store/${digest}`, bytes: Buffer.from(await store.get(digest)) };
}

const keyNotes = (keys: readonly Entry[]): string[] =>
  keys.length > 0
    ? []
    : ["No keystore is on this host: run it on each site's host, too. Without its login key nobody gets in."];

const missingNotes = ({ missing }: Manifest): string[] =>
  missing.length === 0
    ? []
    : [
        `${missing.length} documents in use are not in the store any more: ${missing.map((one) => one.slice(0, 8)).join(', ')}`,
      ];

/** What a run does after this moment isn't in the backup; the machines themselves will tell. */
async function runNotes(context: Context, environments: readonly EnvironmentRef[]): Promise<string[]> {
  const engine = await engineOrReason(context);
  if (typeof engine === 'string') return [];
  try {
    const active = await Promise.all(environments.map((one) => activeRuns(engine, one)));
    return active
      .flat()
      .map(
        ({ memo }) =>
          `${memo.verb} ${memo.changeId} by ${memo.startedBy} goes on: what it does from now is not in it.`,
      );
  } finally {
    await engine.close();
  }
}
