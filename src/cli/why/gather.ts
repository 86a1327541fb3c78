import { type Change, CONTROL_QUEUE, type EnvironmentRef } from '../../model/index.js';
import type { Context } from '../context.js';
import { environmentFlag } from '../flags.js';
import { requireRun } from '../requireRun.js';
import { activeRuns } from '../run/active.js';
import { factsOfSnapshot } from '../run/facts.js';
import { activeRun, findRun } from '../run/find.js';
import { runDocument } from '../run/result.js';
import { glance } from '../run/snapshot.js';
import { plannedMachines, planOf } from '../run/wayBack.js';
import type { Stores } from '../stores.js';
import { engineOrReason } from '../temporal.js';
import { ASKED, affordable, chosen, type Live, machineFacts, type Source, well } from './gatherMachines.js';
import { machinesAtWork, workersOf } from './temporal.js';
import type { ActiveFacts, MachineFacts, WhyFacts, WhyRun, Workers } from './types.js';
import { nobodyServes } from './workers.js';

export interface Gathered {
  readonly facts: WhyFacts;
  readonly address: string | null;
  readonly notes: readonly string[];
}

/** No name of a machine or label has a colon before an equals sign. */
function kindOf(wanted: string): keyof typeof gatherers {
  if (/^\d+$/.test(wanted) || /^[0-9A-HJKMNP-TV-Z]{26}$/.test(wanted)) return 'run';
  return /^(?:rollout|(?:group|canary):[^=]+)$/.test(wanted) ? 'gate' : 'machines';
}

/** Asks Temporal and the record all that tells why a run or machines wait; whoever doesn't answer is named instead. */
export async function gather(
  context: Context,
  stores: Stores,
  environment: EnvironmentRef,
  wanted: string,
): Promise<Gathered> {
  const engine = await engineOrReason(context);
  const source = { context, stores, environment, engine };
  try {
    const gathered = await gatherers[kindOf(wanted)](source, wanted);
    return { ...gathered, address: typeof engine === 'string' ? null : engine.address };
  } finally {
    if (typeof engine !== 'string') await engine.close();
  }
}

type Some = Omit<Gathered, 'address'>;

const gatherers = { run: ofRun, gate: ofGate, machines: ofMachines };

async function ofGate(source: Source, gate: string): Promise<Some> {
  const base = await baseOf(source);
  const live = await liveOf(source, base.control);
  return shown({ ...base, active: live?.active ?? null, gate });
}

async function ofRun(source: Source, wanted: string): Promise<Some> {
  const { engine, stores, environment } = source;
  const base = await baseOf(source);
  if (typeof engine === 'string') {
    const { change, run, outcome } = await requireRun(stores.record, environment, wanted);
    return shown({
      ...base,
      ended: whyRun(change, run, outcome),
      ofRun: true,
      machines: await leftBy(source, change),
    });
  }
  const found = await findRun(engine, stores, environment, wanted);
  if (found.state === 'ended') {
    const { change, run, outcome } = found.row;
    return shown({
      ...base,
      ended: whyRun(change, run, outcome),
      ofRun: true,
      machines: await leftBy(source, change),
    });
  }
  const live = await activeFacts(source, base.control, found);
  const running = live.seen
    ? [...live.active.running.values()].flat()
    : await machinesAtWork(engine, environment);
  const ours = running.filter((one) => live.active.planned.has(one));
  const machines = await machineFacts(source, ours.slice(0, ASKED), live);
  return shown({ ...base, active: live.active, machines, ofRun: true }, ours.length);
}

async function ofMachines(source: Source, wanted: string): Promise<Some> {
  const base = await baseOf(source);
  const live = await liveOf(source, base.control);
  const names = await chosen(source, wanted, live);
  const { asked, left, busy } = await affordable(source, names, live);
  const machines = await machineFacts(source, asked, live, busy);
  return shown({ ...base, active: live?.active ?? null, machines }, machines.length + left);
}

/** The run that is active, if one is and Temporal answers. */
async function liveOf(source: Source, control: Workers | null): Promise<Live | undefined> {
  const { engine, stores, environment } = source;
  if (typeof engine === 'string') return undefined;
  const [first] = await activeRuns(engine, environment);
  if (first === undefined) return undefined;
  return activeFacts(source, control, await activeRun(stores, environment, first, first.memo.changeId));
}

const shown = (facts: WhyFacts, all = facts.machines.length): Some => ({
  facts,
  notes:
    all > facts.machines.length
      ? [
          `Asked were ${facts.machines.length} of ${all} machines: ${all - facts.machines.length} more are at work.`,
        ]
      : [],
});

async function baseOf({ context, engine, environment }: Source): Promise<WhyFacts> {
  return {
    at: new Date().toISOString(),
    place: `${environment.fleet}/${environment.environment}`,
    flag: environmentFlag(context),
    engineSilent: typeof engine === 'string' ? engine : null,
    control: typeof engine === 'string' ? null : await workersOf(engine, CONTROL_QUEUE, 'workflow'),
    ...{ active: null, ended: null, machines: [], ofRun: false },
  };
}

const whyRun = (change: Change, run: number | null, outcome: string | null): WhyRun => ({
  ...{ run, change: change.id, verb: change.verb, outcome },
  ...{ startedBy: change.startedBy, startedAt: change.startedAt },
});

/** Where nobody works for control nobody is asked: each question would only run into its deadline. */
async function activeFacts(
  { engine, stores, environment }: Source,
  control: Workers | null,
  { change, started }: { readonly change: Change; readonly started: { id: string; runId: string } },
): Promise<Live> {
  const now = new Date().toISOString();
  const nobody = typeof engine === 'string' || control === null || nobodyServes(control, now);
  const seen = nobody ? undefined : await glance(engine, environment, started);
  const snapshot = typeof seen === 'string' ? undefined : seen;
  const recorded = await stores.record.change(environment, change.id);
  const plan = await planOf(stores, change);
  const open = snapshot && (snapshot.progress.questions ?? []).length > 0;
  const active: ActiveFacts = {
    run: whyRun(change, snapshot?.progress.run ?? recorded?.run ?? null, null),
    progress: snapshot?.progress ?? null,
    silent: typeof seen === 'string' ? seen : null,
    questions: open ? (await runDocument(factsOfSnapshot(change, snapshot), stores, null)).questions : [],
    running: new Map((snapshot?.groups ?? []).map((one) => [one.group ?? '', one.running])),
    planned: new Set(plan ? plannedMachines(plan).map((one) => one.machine) : []),
  };
  return { active, seen: snapshot };
}

/** Machines that a run which has ended left unwell, and that no other run has been at since. */
async function leftBy(source: Source, change: Change): Promise<MachineFacts[]> {
  const rows = await source.stores.record.machines(source.environment);
  const left = rows.filter((row) => row.lastChange === change.id && !well.includes(row.lastOutcome));
  const names = left.map((row) => row.ref.machine);
  const { asked, busy } = await affordable(source, names, undefined);
  return machineFacts(source, asked, undefined, busy);
}
