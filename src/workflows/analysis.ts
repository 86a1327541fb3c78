import { condition, isCancellation, log } from '@temporalio/workflow';
import type { MachineTask, SliceMachine } from '../activities/types.js';
import { instanceId } from '../model/ids.js';
import type { Digest, Evidence, MachineOutcome, Probe } from '../model/index.js';
import { call, control, siteActivities } from './activities.js';
import { failureOf } from './failure.js';
import { batchSize } from './groupRun.js';
import { timingOf } from './timing.js';
import type { ChangeContext } from './types.js';

export interface AnalysisInput {
  readonly context: ChangeContext;
  readonly plan: Digest;
  readonly artifacts: Digest;
  readonly group: string | null;
  /** The batch that soaks, among the machines of its group. */
  readonly from: number;
  readonly count: number;
  readonly machines: number;
  readonly probes: readonly Probe[];
  readonly soakMs: number;
  /** Machines that the batch was allowed to lose, or that nobody reached: what they answer is known to be no good. */
  readonly without?: readonly string[];
}

/** Machines of each kind that are asked: more say little more. */
const sampled = 3;
/** Times that a probe is asked at most: a history must not grow with the length of a soak. */
const mostRounds = 100;

/** Machines with the change, and without it: what both answer badly isn't the change's doing. */
interface Samples {
  readonly changed: readonly SliceMachine[];
  readonly others: readonly SliceMachine[];
}

/**
 * Watches a batch while it soaks: asks every probe again and again until it is cancelled or one was answered badly more
 * often than it may. Gives back the machines that did, as failed.
 */
export async function analysis(input: AnalysisInput): Promise<readonly MachineOutcome[]> {
  const samples = await samplesOf(input);
  let found: readonly MachineOutcome[] = [];
  const isOver = (): boolean => found.length > 0;
  const all = input.probes.map(async (probe) => {
    const breach = await watchOne(input, samples, probe, isOver);
    if (!isOver()) found = breach;
  });
  try {
    await Promise.all(all);
  } catch (error) {
    if (!isCancellation(error)) throw error;
  }
  return found;
}

async function samplesOf(input: AnalysisInput): Promise<Samples> {
  const { plan, artifacts, group, from, count, machines, without = [] } = input;
  const most = Math.min(batchSize, sampled + without.length);
  const slice = (begin: number, size: number): Promise<readonly SliceMachine[]> =>
    size === 0
      ? Promise.resolve([])
      : control.slice({ plan, artifacts, group, from: begin, count: Math.min(most, size) });
  const isWell = ({ machine }: SliceMachine): boolean => !without.includes(machine);
  const changed = (await slice(from, count)).filter(isWell).slice(0, sampled);
  const others = (await slice(from + count, machines - from - count)).slice(0, sampled);
  return { changed, others: others.filter(({ instance }) => instance !== undefined) };
}

async function watchOne(
  input: AnalysisInput,
  { changed, others }: Samples,
  probe: Probe,
  isOver: () => boolean,
): Promise<readonly MachineOutcome[]> {
  const bad: { readonly of: SliceMachine; readonly answer: Evidence }[] = [];
  let badElsewhere = 0;
  const pause = Math.max(probe.everyMs, Math.ceil(input.soakMs / mostRounds));
  while (!isOver()) {
    const [answers, beside] = await Promise.all([
      askAll(input, changed, probe),
      askAll(input, others, probe),
    ]);
    bad.push(...answers);
    badElsewhere += beside.length;
    const isWorse = others.length === 0 || bad.length * others.length > badElsewhere * changed.length;
    if (bad.length > probe.maxFailed && isWorse) {
      const culprits = changed.filter((one) => bad.some(({ of }) => of === one));
      const answers = bad.map(({ answer }) => answer);
      return culprits.map((one) => breach(one, probe, answers, badElsewhere));
    }
    await condition(isOver, pause);
  }
  return [];
}

/** Only the bad answers. */
async function askAll(input: AnalysisInput, machines: readonly SliceMachine[], probe: Probe) {
  const answers = await Promise.all(
    machines.map(async (of) => ({ of, answer: await ask(input, of, probe) })),
  );
  return answers.flatMap(({ of, answer }) => (answer?.ok === false ? [{ of, answer }] : []));
}

/** Undefined where nobody could ask: that says nothing about the change. */
async function ask(
  { context }: AnalysisInput,
  one: SliceMachine,
  probe: Probe,
): Promise<Evidence | undefined> {
  const timing = timingOf(context);
  const task = taskOf(context, one);
  try {
    return await siteActivities(one.site, timing).look.probe.executeWithOptions(
      call(timing.look, `${probe.name} on ${one.machine}`),
      [{ task, probe }],
    );
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { code, message } = failureOf(error);
    log.warn('a probe could not be asked', { machine: one.machine, probe: probe.name, code, message });
    return undefined;
  }
}

const taskOf = (context: ChangeContext, one: SliceMachine): MachineTask => {
  const { machine, site, target, bundleBytes, runner, action } = one;
  const isNew = action === 'create' || action === 'replace';
  const made = instanceId({ ...context, machine }, context.changeId);
  const instance = isNew ? made : (one.instance ?? made);
  return { changeId: context.changeId, ...{ machine, site, target, bundleBytes, runner, instance } };
};

const breach = (
  { machine, verified }: SliceMachine,
  { name, maxFailed }: Probe,
  bad: readonly Evidence[],
  badElsewhere: number,
): MachineOutcome => ({
  ...{ machine, outcome: 'failed', phase: 'verify', phases: [], returnsTo: verified },
  failure: {
    code: 'MW-ANALYSIS-BREACH',
    cause: 'change',
    message: `${name} was answered badly ${bad.length} times while the batch soaked, and ${badElsewhere} times without the change; allowed: ${maxFailed}`,
    detail: bad.slice(-3).map(({ at, value }) => `${at} ${value}`),
    remedy: 'see what the change does there, or put it back: millwright rollback',
  },
});
