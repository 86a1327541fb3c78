import { access, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { EnvironmentRef } from '../../model/index.js';
import { nameList } from '../../report/index.js';
import type { Context } from '../context.js';
import { Exit } from '../exit.js';
import { identify } from '../identity.js';
import { refuseBesideRun } from '../operate/busy.js';
import { servedSites } from '../operate/machines.js';
import { keyOf } from '../operate/vm.js';
import { withStores } from '../stores.js';
import { connectEngine, type Engine } from '../temporal.js';
import { type Compared, compare } from './compare.js';
import { type RestoreDocument, type RestoredState, restoreText, type StrangerVm } from './documents.js';
import { otherFleet, otherKeys, otherSite } from './errors.js';
import { conflicts, putAside, readKeys, writeKeys } from './keys.js';
import { instancesAt, type Lookout, lookAgain } from './lookAgain.js';
import type { Manifest } from './manifest.js';
import { type Backup, putDocuments, readBackup } from './read.js';
import { type OpenOptions, openerOf } from './seal.js';
import {
  changesOf,
  environmentKey,
  environmentsOf,
  machineKey,
  machinesOf,
  type StateMachine,
  type Truth,
  withTruths,
} from './state.js';
import { type TakenOver, takeOver } from './takeOver.js';

export interface RestoreOptions extends OpenOptions {
  readonly force?: boolean;
  readonly offline?: boolean;
}

/** Brings control state back, then believes the machines where they say otherwise. Nothing is created or changed there. */
export async function restore(context: Context, name: string, options: RestoreOptions): Promise<number> {
  const key = await openerOf(options);
  const file = resolve(name);
  const backup = await readBackup(file, key());
  await refuseOthers(context, file, backup, options.force === true);
  return withStores(context, async (stores) => {
    const engine = options.offline ? undefined : await connectEngine(context);
    try {
      const machines = machinesOf(backup.state);
      if (engine) await refuseActive(engine, machines);
      const keys = await putKeys(context, backup, options.force === true);
      await putDocuments(file, key(), stores.store);
      const looked = engine
        ? await lookAtAll({ context, engine, store: stores.store }, backup)
        : { compared: machines.map((one) => compare(one, undefined)), strangers: [], notes: [offline] };
      const truths = truthsOf(machines, looked.compared);
      await stores.record.importState(withTruths(backup.state, truths));
      const taken = await takeOver(stores.record, machines, truths, changesOf(backup.state));
      const notes = [...looked.notes, ...takenNotes(taken)];
      return emit(context, file, backup.manifest, { ...keys, ...looked, notes });
    } finally {
      await engine?.close();
    }
  });
}

const idleSite = 'Nobody works for site';
const offline = 'No machine was asked. millwright plan looks at them once workers run.';

/** What must not be mixed up is refused before anything is written. */
async function refuseOthers(
  context: Context,
  file: string,
  { manifest, keys }: Backup,
  force: boolean,
): Promise<void> {
  const here = await fleetHere(context);
  if (here && !manifest.environments.some((one) => one.fleetUid === here.fleetUid)) {
    const inside = manifest.environments.map((one) => `${one.fleet}/${one.environment}`);
    throw otherFleet(file, `${here.fleet} (${here.fleetUid})`, inside);
  }
  const { state } = context.settings();
  const site = await readFile(join(state, 'site.json'), 'utf8').catch(() => undefined);
  const owner = site === undefined ? undefined : (JSON.parse(site) as { site: string }).site;
  if (owner !== undefined && manifest.site !== null && owner !== manifest.site && !force)
    throw otherSite(file, manifest.site, owner);
  const differing = conflicts(await readKeys(join(state, 'keys')), keys);
  if (differing.length > 0 && !force) throw otherKeys(join(state, 'keys'), differing);
}

/** The fleet of the working directory, where there is one. */
async function fleetHere(context: Context): Promise<EnvironmentRef | undefined> {
  const there = await access(join(process.cwd(), 'fleet.yaml')).then(
    () => true,
    () => false,
  );
  return there ? identify(context) : undefined;
}

async function refuseActive(engine: Engine, machines: readonly StateMachine[]): Promise<void> {
  for (const one of environmentsOf(machines)) await refuseBesideRun(engine, one, 'Nothing was restored.');
  await servedSites(engine, []);
}

async function putKeys(
  context: Context,
  { keys }: Backup,
  force: boolean,
): Promise<Pick<RestoreDocument, 'keys' | 'keysAside'>> {
  const dir = join(context.settings().state, 'keys');
  const differing = conflicts(await readKeys(dir), keys).length > 0;
  const keysAside = differing && force ? await putAside(dir, new Date()) : undefined;
  return { keys: await writeKeys(dir, keys), keysAside: keysAside ?? null };
}

interface Looked {
  readonly compared: readonly Compared[];
  readonly strangers: readonly StrangerVm[];
  readonly notes: readonly string[];
}

async function lookAtAll(lookout: Lookout, { state }: Backup): Promise<Looked> {
  const machines = machinesOf(state);
  const existing = machines.filter((one) => one.instance !== null && !one.forgotten);
  const served = await servedSites(lookout.engine, [...new Set(existing.map((one) => one.site))]);
  const asked = existing.filter((one) => served.has(one.site));
  const looks: Awaited<ReturnType<typeof lookAgain>> = new Map();
  const strangers: StrangerVm[] = [];
  for (const environment of environmentsOf(machines)) {
    const ours = asked.filter((one) => environmentKey(one.environment) === environmentKey(environment));
    lookout.context.say(
      `Looking at ${ours.length} machines of ${environment.fleet}/${environment.environment}`,
    );
    for (const [key, look] of await lookAgain(lookout, environment, ours, changesOf(state)))
      looks.set(key, look);
    for (const site of new Set(ours.map((one) => one.site)))
      strangers.push(...(await strangersAt(lookout, environment, site, machines)));
  }
  const idle = [...new Set(existing.map((one) => one.site))].filter((site) => !served.has(site));
  return {
    compared: machines.map((one) => compare(one, looks.get(machineKey(one)))),
    strangers,
    notes: idle.map(
      (site) =>
        `${idleSite} ${site}: its machines were not asked. Start one: millwright worker --site ${site}`,
    ),
  };
}

async function strangersAt(
  lookout: Lookout,
  environment: EnvironmentRef,
  site: string,
  machines: readonly StateMachine[],
): Promise<StrangerVm[]> {
  const known = new Set(machines.flatMap((one) => one.instance?.instance ?? []));
  const found = await instancesAt(lookout, environment, site);
  return found
    .filter((one) => !known.has(one.instance))
    .map(({ instance, machineId }) => ({
      ...{ instance, key: keyOf(instance), site, machine: machineId.split('/').at(-1) ?? machineId },
    }));
}

function truthsOf(
  machines: readonly StateMachine[],
  compared: readonly Compared[],
): ReadonlyMap<string, Truth> {
  return new Map(
    machines.flatMap((one, at) => {
      const truth = compared[at]?.truth;
      return truth === undefined ? [] : [[machineKey(one), truth] as const];
    }),
  );
}

function takenNotes({ taken, newer }: TakenOver): string[] {
  return [
    ...(taken.length === 0
      ? []
      : [`A run here had missed the VM of ${nameList(taken)}: taken over as found; millwright up compares.`]),
    ...(newer.length === 0
      ? []
      : [
          `The record here knows later runs of ${nameList(newer)} than the backup: what it says of them stays.`,
        ]),
  ];
}

const unwell: readonly RestoredState[] = ['gone', 'silent', 'unassigned'];

function emit(
  context: Context,
  file: string,
  manifest: Manifest,
  { keys, keysAside, compared, strangers, notes }: Looked & Pick<RestoreDocument, 'keys' | 'keysAside'>,
): number {
  const machines = compared.map((one) => one.shown);
  const well =
    !notes.some((one) => one.startsWith(idleSite)) &&
    strangers.length === 0 &&
    !machines.some((one) => unwell.includes(one.state));
  const document: RestoreDocument = {
    schema: 'millwright/restore/v1',
    ...{ file, madeAt: manifest.createdAt, environments: manifest.environments, keys, keysAside },
    ...{ documents: manifest.documents.length, machines, strangers },
    notes: [...notes, ...(keysAside === null ? [] : [restart])],
    exit: well ? Exit.asAsked : Exit.incomplete,
  };
  context.emit(document, () => restoreText(document));
  return document.exit;
}

const restart = 'Start the workers of this host again: they still hold the keys of before.';
