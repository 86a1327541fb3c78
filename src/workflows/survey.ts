import { isCancellation, log } from '@temporalio/workflow';
import type { AlignedMachine, MachineNote, MachineTask, SliceMachine } from '../activities/types.js';
import { workflowId } from '../model/ids.js';
import type { MachineOutcome } from '../model/index.js';
import { call, control, siteActivities } from './activities.js';
import { timingOf } from './timing.js';
import type { BatchInput } from './types.js';
import { slidingWindow } from './window.js';

/** Machines per activity: few enough for a stop to be heard soon, and for progress to be seen. */
const mostAtOnce = 10;
/** Activities of one batch side by side: beyond, more of them cost more than they save time. */
const mostParallel = 50;

/** Whoever wants to know how far it is. */
export interface SurveyWatcher {
  more(): boolean;
  begun(part: readonly SliceMachine[]): void;
  /** The machines of the part that have no outcome are left to their own workflows. */
  ended(part: readonly SliceMachine[], outcomes: readonly MachineOutcome[]): void;
}

/** Id of the activity that looks at a part. */
export const surveyId = ([first]: readonly SliceMachine[]): string => `survey from ${first?.machine}`;

/**
 * Looks at the machines of which the plan wants nothing, and tells of those that are as they should be: they need no
 * workflow of their own. Gives back all others, which do.
 */
export async function settleAligned(
  input: BatchInput,
  machines: readonly SliceMachine[],
  watcher: SurveyWatcher,
): Promise<readonly SliceMachine[]> {
  const calm = machines.filter((one) => isCalm(input, one));
  if (calm.length === 0) return machines;
  // Whoever begins to work on one of them from now on is later than we are, and is believed.
  const since = new Date().toISOString();
  const free = new Set(await control.free(calm.map((one) => idOf(input, one))));
  const settled = new Set<string>();
  await slidingWindow(
    parts(
      calm.filter((one) => free.has(idOf(input, one))),
      input.maxParallel,
    ),
    input.maxParallel,
    watcher.more,
    async (part, started) => {
      started();
      watcher.begun(part);
      const outcomes = await settlePart(input, part, since);
      for (const { machine } of outcomes) settled.add(machine);
      watcher.ended(part, outcomes);
    },
  );
  return machines.filter(({ machine }) => !settled.has(machine));
}

const isCalm = (
  { verb, again }: BatchInput,
  { machine, action, instance, around, drained }: SliceMachine,
): boolean =>
  verb === 'apply' &&
  action === 'nothing' &&
  instance !== undefined &&
  again?.[machine] === undefined &&
  (around === undefined || drained === undefined);

const idOf = ({ context }: BatchInput, { machine }: SliceMachine): string =>
  workflowId.machine({ ...context, machine });

/** Each of one site, all about alike. */
function parts(machines: readonly SliceMachine[], maxParallel: number): SliceMachine[][] {
  const sideBySide = Math.min(mostParallel, maxParallel);
  const size = Math.min(mostAtOnce, Math.ceil(machines.length / sideBySide));
  const sites = [...new Set(machines.map((one) => one.site))];
  return sites.flatMap((site) => {
    const here = machines.filter((one) => one.site === site);
    return Array.from({ length: Math.ceil(here.length / size) }, (_, n) =>
      here.slice(n * size, (n + 1) * size),
    );
  });
}

async function settlePart(
  input: BatchInput,
  part: readonly SliceMachine[],
  since: string,
): Promise<readonly MachineOutcome[]> {
  const startedAt = new Date().toISOString();
  const aligned = await look(input, part);
  const endedAt = new Date().toISOString();
  const notes = aligned.flatMap((seen) => {
    const one = part.find(({ machine }) => machine === seen.machine);
    return one === undefined ? [] : [noteOf(input, one, seen, { since, startedAt, endedAt })];
  });
  if (notes.length > 0) await control.putMachines(notes);
  return notes.map((note) => note.outcome);
}

/** A look that fails is made again by the machine's own workflow, which can say what is wrong. */
async function look(
  { context }: BatchInput,
  part: readonly SliceMachine[],
): Promise<readonly AlignedMachine[]> {
  const timing = timingOf(context);
  const site = part[0]?.site ?? '';
  const tasks = part.map((one) => taskOf(context.changeId, one));
  try {
    return await siteActivities(site, timing).look.survey.executeWithOptions(
      call(timing.look * part.length, summaryOf(part), { activityId: surveyId(part) }),
      [tasks],
    );
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('a survey failed', { site, machines: part.length });
    return [];
  }
}

const summaryOf = (part: readonly SliceMachine[]): string =>
  part.length === 1 ? `look at ${part[0]?.machine}` : `look at ${part[0]?.machine} … ${part.at(-1)?.machine}`;

const taskOf = (
  changeId: string,
  { machine, site, target, bundleBytes, runner, instance = '' }: SliceMachine,
): MachineTask => ({ changeId, machine, site, target, bundleBytes, runner, instance });

interface Times {
  readonly since: string;
  readonly startedAt: string;
  readonly endedAt: string;
}

function noteOf(
  { context }: BatchInput,
  one: SliceMachine,
  { instance, counts, evidence }: AlignedMachine,
  { since, startedAt, endedAt }: Times,
): MachineNote {
  const { fleet, fleetUid, environment, changeId } = context;
  const { machine, site, group, bundle } = one;
  const phases = [{ phase: 'look', state: 'done', reason: 'aligned', startedAt, endedAt }] as const;
  return {
    ...{ ref: { fleet, fleetUid, environment, machine }, changeId, since, site, group, instance },
    ...{ assigned: bundle, verified: bundle, debts: [], hold: null },
    outcome: { machine, outcome: 'aligned', counts, phases, attempt: 1, instance: instance.instance },
    evidence: evidence === undefined ? {} : { look: evidence },
  };
}
