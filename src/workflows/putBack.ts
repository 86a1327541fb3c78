import type { RecordedOutcome } from '../activities/types.js';
import type { MachineOutcome, Outcome } from '../model/index.js';
import { control } from './activities.js';
import { runAgain } from './batches.js';
import { countsOf } from './counts.js';
import { batchSize, type GroupRun, type GroupsState, type Part, settle } from './groupRun.js';
import type { Again } from './types.js';

/** Puts the named machines of a slice back and settles what came of it. */
export async function putBack(
  state: GroupsState,
  run: GroupRun,
  part: Part & { readonly only: readonly string[] },
): Promise<void> {
  const known = (name: string) => state.outcomes.find(({ machine }) => machine === name);
  const before = await asRecorded(
    state,
    part.only.flatMap((name) => known(name) ?? []),
  );
  const again = Object.fromEntries(
    part.only.map((name) => [name, goingOn(before.find(({ machine }) => machine === name))]),
  );
  const outcomes = await runAgain(state, run, { ...part, verb: 'rollback', again });
  for (const one of outcomes) {
    settle(state, run, known(one.machine), one);
    if (left.has(one.outcome)) state.owesBack.add(one.machine);
    else state.owesBack.delete(one.machine);
  }
}

/**
 * One whose workflow was ended from outside gave no account of itself: which instance there is, and which attempt it was,
 * is what it had written down until then.
 */
export async function asRecorded(
  { context: { changeId } }: GroupsState,
  outcomes: readonly MachineOutcome[],
): Promise<readonly MachineOutcome[]> {
  if (outcomes.every(hasAccount)) return outcomes;
  const recorded = await control.outcomes({ changeId });
  return outcomes.map((one) => {
    const noted = recorded.find(({ machine }) => machine === one.machine);
    if (hasAccount(one) || noted === undefined) return one;
    return { ...one, attempt: noted.attempt ?? one.attempt, instance: noted.instance };
  });
}

const hasAccount = ({ attempt, instance }: MachineOutcome): boolean =>
  attempt !== undefined || instance !== undefined;

/** Outcomes of a rollback that did nothing, though there was something to do. */
const left: ReadonlySet<Outcome> = new Set<Outcome>(['owed', 'stopped']);

/** A rollback that failed is tried under another run id: the first one has ended on the target. */
function goingOn(before: MachineOutcome | undefined): Again {
  const { attempt = 1, instance, failure, outcome } = before ?? {};
  return { attempt: outcome === 'rollback-failed' ? attempt + 1 : attempt, instance, failure };
}

/** Outcomes after which a change may have left something on the machine. */
const touched: ReadonlySet<Outcome> = new Set<Outcome>([
  ...(['applied', 'failed', 'stopped', 'cancelled', 'unknown', 'running', 'rollback-failed'] as const),
]);

/** Puts back what the change touched of one slice so far. */
export async function putBackSlice(state: GroupsState, run: GroupRun, slice: Part): Promise<void> {
  const recorded = await control.outcomes({ changeId: state.context.changeId });
  const mine = recorded.filter(({ group, outcome }) => group === run.group && touched.has(outcome));
  await putBackPart(
    state,
    run,
    slice,
    mine.map(({ machine }) => machine),
  );
}

/**
 * Puts back all that a change touched, newest group first. What it did is read from the record, which is complete:
 * batches that were cancelled told nobody what became of their machines.
 */
export async function putBackAll(
  state: GroupsState,
  runs: readonly GroupRun[],
  changeId: string,
): Promise<void> {
  const recorded = await control.outcomes({ changeId });
  for (const run of [...runs].reverse()) {
    if (run.verb === 'destroy') continue;
    const mine = recorded.filter(({ group }) => group === run.group);
    learn(state, run, mine);
    const only = mine.filter(({ outcome }) => touched.has(outcome)).map(({ machine }) => machine);
    await putBackPart(state, run, { from: 0, count: run.machines }, only);
  }
}

/** In slices that a workflow can bear. */
async function putBackPart(
  state: GroupsState,
  run: GroupRun,
  { from, count }: Part,
  only: readonly string[],
): Promise<void> {
  if (only.length === 0) return;
  for (let done = 0; done < count; done += batchSize) {
    await putBack(state, run, { from: from + done, count: Math.min(batchSize, count - done), only });
  }
}

/** Of a rollback that was cancelled: what its own machines came to counts, not what they were before it. */
export async function learnOwn(
  state: GroupsState,
  runs: readonly GroupRun[],
  changeId: string,
): Promise<void> {
  for (const one of await control.outcomes({ changeId })) {
    const run = runs.find(({ group }) => group === one.group);
    const known = state.outcomes.find(({ machine }) => machine === one.machine);
    if (run !== undefined) settle(state, run, known, { phases: [], ...known, ...one });
  }
}

function learn(state: GroupsState, run: GroupRun, recorded: readonly RecordedOutcome[]): void {
  const skipped = run.machines - recorded.length;
  run.counts = { ...countsOf(recorded), ...(skipped > 0 ? { skipped } : {}) };
  for (const one of recorded) {
    const known = state.outcomes.find(({ machine }) => machine === one.machine);
    settle(state, run, undefined, { phases: [], ...known, ...one });
  }
}
