import {
  cancelArgv,
  journalCounts,
  journalEnd,
  journalFailure,
  type SlotValue,
  type StartInput,
  stopArgv,
} from '../bundle/index.js';
import {
  type Found,
  type Head,
  type InstanceInfo,
  type JournalLine,
  MillwrightError,
  type Target,
} from '../model/index.js';
import type { SshSession } from '../ssh/port.js';
import { type Attempt, attempt, pause } from './attempt.js';
import type { SiteDeps } from './deps.js';
import { presentMachine, targetOf, withMachine } from './machine.js';
import { ensureAccepted } from './refusals.js';
import { follow, Journal, startAndFollow, statusOf, uploadLacking } from './run.js';
import { slotValues } from './slots.js';
import type { MachineTask, ProvisionResult, PushActivities, RunProgress } from './types.js';

type Task = Parameters<PushActivities['provision']>[0];
type EndTask = Parameters<PushActivities['endRun']>[0];

/** Starts or attaches to the run and follows it to its end, over as many connections as that takes. */
export const provision = (deps: SiteDeps) => (task: Task) =>
  attempt(async (one) => {
    const { target, info } = await presentMachine(deps, task);
    const slots = await slotValues(deps, target);
    const run: Running = {
      deps,
      task,
      target,
      info,
      slots,
      one,
      journal: new Journal(),
      started: one.again,
    };
    const instance = await stamp(deps, target, info);
    while (!run.journal.ended) await goOn(run);
    const result = await withMachine(deps, info, (session) =>
      resultOf(deps, task, target, session, run.journal),
    );
    return { ...result, instance };
  });

interface Running {
  readonly deps: SiteDeps;
  readonly task: Task;
  readonly target: Target;
  readonly info: InstanceInfo;
  readonly slots: readonly SlotValue[];
  readonly one: Attempt;
  readonly journal: Journal;
  /** Whether the target may have accepted the run, now or in an attempt before. */
  started: boolean;
}

/** Puts `protect` on or lifts it, so that it outlives a manifest that forgot it. */
async function stamp(deps: SiteDeps, target: Target, info: InstanceInfo): Promise<InstanceInfo | undefined> {
  if (info.protect === target.protect) return undefined;
  await deps.provider.protect(info.instance, target.protect);
  return { ...info, protect: target.protect };
}

/** One connection's worth. A cut is forgiven as long as every connection brings the run forward. */
async function goOn(run: Running): Promise<void> {
  const before = run.journal.size;
  try {
    await withMachine(run.deps, run.info, (session) => startOnce(run, session));
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    if (run.journal.size === before) throw run.started ? mayBeActive(run.task, error) : error;
    run.deps.ssh.forget(run.info.instance);
  }
  if (run.journal.ended) return;
  if (run.journal.size === before) throw standsStill(run.task);
  await pause(500, run.one.signal);
}

async function startOnce(run: Running, session: SshSession): Promise<void> {
  const { deps, slots, one, journal } = run;
  const onLine = (line: JournalLine): void => {
    run.started = true;
    one.say(progressOf(run, line));
  };
  const answer = await startAndFollow(session, startInput(run), journal, {
    ...{ store: deps.store, slots, signal: one.signal },
    onLine,
  });
  ensureAccepted(answer, run.task.expect);
}

const startInput = ({ task, target }: Running): StartInput => ({
  runner: task.runner,
  run: task.run,
  bundle: target.bundle,
  bytes: task.bundleBytes,
  purpose: 'apply',
  expect: task.expect,
  instance: task.instance,
});

function progressOf({ target }: Running, { step = '', seq }: JournalLine): RunProgress {
  return { step, index: target.steps.indexOf(step) + 1, total: target.steps.length, seq, started: true };
}

/** Ends a run, or keeps one from ever starting; what it did until then is in the result. */
export const endRun = (deps: SiteDeps) => (task: EndTask) =>
  attempt(async ({ signal }): Promise<ProvisionResult> => {
    const target = await targetOf(deps, task);
    const found = await deps.provider.find(target.ref);
    if (runsNothing(found)) return nothingRan(deps, task, target);
    const { info } = await presentMachine(deps, task);
    const journal = new Journal();
    try {
      return await withMachine(deps, info, async (session) => {
        await end(deps, session, task, journal, signal);
        const result = await resultOf(deps, task, target, session, journal);
        return journal.ended ? result : { ...result, ended: task.how === 'stop' ? 'stopped' : 'cancelled' };
      });
    } catch (error) {
      throw isUnreachable(error) ? mayBeActive(task, error) : error;
    }
  });

/** A run doesn't come back with the machine: only `start` would resume it. */
const runsNothing = (found: Found): boolean =>
  found.state === 'absent' || (found.state === 'present' && found.instance.power === 'off');

const nothingRan = async (deps: SiteDeps, { how }: EndTask, { steps }: Target): Promise<ProvisionResult> => ({
  head: null,
  counts: journalCounts([], steps),
  debts: null,
  ended: how === 'stop' ? 'stopped' : 'cancelled',
  evidence: await deps.store.put(''),
});

async function end(
  deps: SiteDeps,
  session: SshSession,
  task: EndTask,
  journal: Journal,
  signal: AbortSignal,
) {
  // A tombstone needs the runner, even where the run never came to the target.
  await uploadLacking(session, deps.store, task.runner, task.bundleBytes);
  const options = { signal, onLine: () => undefined };
  const read = () => follow(session, task.runner, task.run, journal, options);
  if (task.how === 'stop') {
    await session.exec(stopArgv(task.runner, task.run), { signal });
    if ((await read()) === 'ended') return;
  }
  await session.exec(cancelArgv(task.runner, task.run), { signal });
  await read();
}

async function resultOf(
  deps: SiteDeps,
  task: MachineTask & { readonly run: string },
  target: Target,
  session: SshSession,
  journal: Journal,
): Promise<ProvisionResult> {
  const { lines, text } = journal;
  const status = await statusOf(session, task.runner);
  const end = journalEnd(lines);
  const evidence = await deps.store.put(text);
  const failure = journalFailure(lines);
  return {
    head: ours(status?.head ?? null, task.run),
    counts: journalCounts(lines, target.steps),
    debts: status?.debts ?? [],
    failure: end === 'failed' && failure !== undefined ? { ...failure, evidence } : undefined,
    ended: end === 'stopped' || end === 'cancelled' ? end : undefined,
    evidence,
  };
}

/** A head that another run set says nothing about what this one was admitted to. */
const ours = (head: Head | null, run: string): Head | null => (head?.run === run ? head : null);

const isUnreachable = (error: unknown): error is MillwrightError =>
  error instanceof MillwrightError && error.info.cause === 'unreachable';

const mayBeActive = ({ run }: { readonly run: string }, error: MillwrightError): MillwrightError =>
  new MillwrightError(
    {
      ...error.info,
      code: 'MW-RUN-UNKNOWN',
      message: `unknown: a run may still be active (${run}). ${error.info.message}`,
    },
    true,
    { cause: error },
  );

const standsStill = ({ run }: { readonly run: string }): MillwrightError =>
  new MillwrightError(
    { code: 'MW-RUN-DIED', cause: 'infrastructure', message: `run ${run} died on the target without an end` },
    true,
  );
