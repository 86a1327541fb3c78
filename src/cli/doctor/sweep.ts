import { ulid } from 'ulid';
import type { SweptOrphan } from '../../activities/types.js';
import { loadFleet } from '../../manifest/index.js';
import { count } from '../../report/index.js';
import { sweepStart } from '../../workflows/operateStart.js';
import type { SweepResult } from '../../workflows/operateTypes.js';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { refuseBesideRun } from '../operate/busy.js';
import { servedSites } from '../operate/machines.js';
import { atDesk, type Desk } from '../operate/operate.js';
import { keyOf } from '../operate/vm.js';
import { resultOf } from '../operate/wait.js';
import { who } from '../who.js';
import { exitOfSweep, type SweepDocument, type SweptSite, sweepText } from './sweepDocument.js';

/** Compares every site of the environment with the record. `remove`: true: all orphans; names: these. */
export function sweepSites(context: Context, remove: boolean | readonly string[]): Promise<number> {
  return atDesk(context, async (desk) => {
    if (remove !== false) await refuseBesideRun(desk.engine, desk.environment, 'Nothing was removed.');
    const sites = await sitesOf(desk);
    const seen = await sweepAll(desk, sites, () => []);
    const wanted = remove === false ? [] : await choose(desk, seen, remove);
    const swept = wanted.length === 0 ? seen : await removeFrom(desk, seen, wanted);
    return emit(context, desk, swept);
  });
}

function emit(context: Context, { environment }: Desk, sites: readonly SweptSite[]): number {
  const document: SweepDocument = {
    schema: 'millwright/sweep/v1',
    fleet: environment.fleet,
    environment: environment.environment,
    at: new Date().toISOString(),
    sites,
    exit: exitOfSweep(sites),
  };
  context.emit(document, () => sweepText(document));
  return document.exit;
}

/** Sites that the manifest names, and those where the record says that machines are. */
async function sitesOf({ context, stores, environment }: Desk): Promise<string[]> {
  const loaded = await loadFleet({ dir: process.cwd(), environment: context.flags.environment });
  const declared = loaded.ok ? Object.keys(loaded.fleet.manifest.sites) : [];
  const recorded = Object.values(await stores.record.base(environment)).map((one) => one.site);
  return [...new Set([...declared, ...recorded])].sort();
}

type Removal = (site: string) => readonly string[];

async function sweepAll(desk: Desk, sites: readonly string[], remove: Removal): Promise<SweptSite[]> {
  const served = await servedSites(desk.engine, sites);
  const swept: SweptSite[] = [];
  for (const site of sites) {
    swept.push(served.has(site) ? await sweepOne(desk, site, remove(site)) : unasked(site));
  }
  return swept;
}

async function sweepOne(
  { context, engine, environment }: Desk,
  site: string,
  remove: readonly string[],
): Promise<SweptSite> {
  const options = sweepStart({ ...environment, ulid: ulid(), by: who(), site, remove });
  const handle = await engine.client.workflow.start('sweep', options);
  const { orphans, spared = [], ...swept } = await resultOf<SweepResult>(context, handle);
  return {
    ...swept,
    spared,
    asked: true,
    orphans: orphans.map((one) => ({ ...one, key: keyOf(one.instance) })),
  };
}

const unasked = (site: string): SweptSite => ({
  ...{ site, asked: false, owned: [], orphans: [], foreign: [], missing: [], busy: [], spared: [] },
});

/** Instances to destroy, after a question that names them. */
async function choose(
  desk: Desk,
  seen: readonly SweptSite[],
  remove: true | readonly string[],
): Promise<string[]> {
  const orphans = seen.flatMap((one) => one.orphans);
  const wanted = remove === true ? await ownChildren(desk, orphans) : named(orphans, remove);
  if (wanted.length === 0) return [];
  const lines = wanted.map((one) => `  ${keyOf(one.instance)}  ${one.instance}  ${one.power}`);
  desk.context.say(`To be destroyed, disks and all:\n${lines.join('\n')}`);
  const question = `Destroy ${count(wanted.length, 'VM')} that no machine owns?`;
  if (!(await desk.context.confirm(question))) throw usageError('Nothing was removed.');
  return wanted.map((one) => one.instance);
}

/**
 * A VM whose making the record knows of. One that it doesn't was made under another record, or this one was lost: it goes
 * only when it is named.
 */
async function ownChildren(
  { context, stores, environment }: Desk,
  orphans: readonly SweptOrphan[],
): Promise<SweptOrphan[]> {
  const own: SweptOrphan[] = [];
  for (const one of orphans) {
    const changeId = /@([0-9A-Z]{26})/.exec(one.instance)?.[1];
    if (changeId !== undefined && (await stores.record.change(environment, changeId))) own.push(one);
    else
      context.say(
        `${keyOf(one.instance)} is left: this record knows nothing of what made it. If the record was lost, adopt it; to destroy it all the same: millwright doctor --sweep --remove ${keyOf(one.instance)}`,
      );
  }
  return own;
}

function named(orphans: readonly SweptOrphan[], names: readonly string[]): SweptOrphan[] {
  return names.map((name) => {
    const [found, ...more] = orphans.filter(
      (one) => one.instance.startsWith(name) || keyOf(one.instance).startsWith(name),
    );
    if (found && more.length === 0) return found;
    throw usageError(
      found ? `${name} is the beginning of several orphans.` : `${name} is no orphan. Nothing was removed.`,
      'millwright doctor --sweep lists them.',
    );
  });
}

/** Only sites that have something to remove are asked again. */
async function removeFrom(
  desk: Desk,
  seen: readonly SweptSite[],
  wanted: readonly string[],
): Promise<SweptSite[]> {
  const here = (one: SweptSite): string[] =>
    one.orphans.map(({ instance }) => instance).filter((instance) => wanted.includes(instance));
  const swept: SweptSite[] = [];
  for (const one of seen) swept.push(here(one).length > 0 ? await sweepOne(desk, one.site, here(one)) : one);
  return swept;
}
