import { journalEnd, type SlotValue, type StartInput } from '../bundle/index.js';
import { type InstanceInfo, type JournalLine, MillwrightError, type Target } from '../model/index.js';
import type { SshSession } from '../ssh/port.js';
import { type Attempt, attempt, pause } from './attempt.js';
import { Confirmations, confirmOver } from './confirm.js';
import type { SiteDeps } from './deps.js';
import { presentMachine, withMachine } from './machine.js';
import { isKeptOut, isUnreachable, mayBeActive } from './reach.js';
import { Reboots } from './reboots.js';
import { ensureAccepted } from './refusals.js';
import { resultOf } from './result.js';
import { Journal, startAndFollow } from './run.js';
import { SiteSteps } from './siteSteps.js';
import { slotValues } from './slots.js';
import type { ProvisionResult, PushActivities, RunProgress } from './types.js';
import { noteVerified } from './verified.js';

type Task = Parameters<PushActivities['provision']>[0];

/** Starts or attaches to the run and follows it to its end, over as many connections as that takes. */
export const provision = (deps: SiteDeps) => (task: Task) =>
  attempt(async (one) => {
    const { target, info } = await presentMachine(deps, task);
    const slots = await slotValues(deps, target);
    const journal = new Journal();
    const risky = new Confirmations(journal, confirmOver(deps, task, info), one.signal);
    const site = new SiteSteps({
      ...{ deps, target, info, slots: async () => slots, signal: one.signal },
      input: startInput({ task, target }),
      onTask: (step, name) => one.say({ ...progressOf({ target }, { step, seq: journal.size }), task: name }),
    });
    const reboots = new Reboots();
    const parts = { deps, task, target, info, slots, one, journal, risky, reboots, site };
    const run: Running = { ...parts, started: one.again };
    const instance = await stamp(deps, target, info);
    await goThrough(run);
    const result = await withMachine(deps, info, async (session) => {
      const seen = await resultOf(deps, task, target, session, journal);
      return { ...seen, ...(await withoutChecks(run, session)) };
    });
    return { ...result, instance };
  });

/** Where there is nothing to verify, a whole run that came to its end is all the proof there is. */
async function withoutChecks(
  { task, target, journal }: Running,
  session: SshSession,
): Promise<Pick<ProvisionResult, 'verified'>> {
  const whole = task.only === undefined && journalEnd(journal.lines) === 'ok';
  if (!whole || target.verify.length > 0) return {};
  await noteVerified(session, task, target.bundle);
  return { verified: true };
}

interface Running {
  readonly deps: SiteDeps;
  readonly task: Task;
  readonly target: Target;
  readonly info: InstanceInfo;
  readonly slots: readonly SlotValue[];
  readonly one: Attempt;
  readonly journal: Journal;
  readonly risky: Confirmations;
  readonly reboots: Reboots;
  readonly site: SiteSteps;
  /** Whether the target may have accepted the run, now or in an attempt before. */
  started: boolean;
}

/** Puts `protect` on or lifts it, so that it outlives a manifest that forgot it. */
async function stamp(deps: SiteDeps, target: Target, info: InstanceInfo): Promise<InstanceInfo | undefined> {
  if (info.protect === target.protect) return undefined;
  await deps.provider.protect(info.instance, target.protect);
  return { ...info, protect: target.protect };
}

async function goThrough(run: Running): Promise<void> {
  try {
    while (!run.journal.ended) await goOn(run);
  } finally {
    await Promise.all([run.risky.end(), run.site.end()]);
  }
}

/** One connection's worth. A cut is forgiven as long as connections bring the run forward, or a step explains it. */
async function goOn(run: Running): Promise<void> {
  const before = run.journal.size;
  const wentOn = () => run.journal.size > before;
  try {
    await withMachine(run.deps, run.info, (session) => startOnce(run, session));
    if (!run.journal.ended && !wentOn() && !run.reboots.waiting) throw standsStill(run.task);
  } catch (error) {
    if (!isKeptOut(error)) throw error;
    const excused = run.risky.waiting || run.reboots.waiting;
    const forgiven = excused || (isUnreachable(error) && wentOn());
    if (!forgiven) throw run.started ? mayBeActive(run.task, error) : error;
    run.deps.ssh.forget(run.info.instance);
  }
  if (!run.journal.ended) await pause(500, run.one.signal);
}

async function startOnce(run: Running, session: SshSession): Promise<void> {
  const { deps, slots, one, journal, site } = run;
  const onLine = (line: JournalLine): void => {
    run.started = true;
    run.risky.heard(line);
    run.reboots.heard(line);
    run.site.heard(line);
    one.say(progressOf(run, line));
  };
  const answer = await startAndFollow(session, startInput(run), journal, {
    ...{ store: deps.store, slots, signal: site.signal },
    onLine,
  });
  ensureAccepted(answer, run.task.expect);
}

const startInput = ({ task, target }: Pick<Running, 'task' | 'target'>): StartInput => ({
  runner: task.runner,
  run: task.run,
  bundle: target.bundle,
  bytes: task.bundleBytes,
  purpose: task.undo === undefined ? 'apply' : 'rollback',
  expect: task.expect,
  instance: task.instance,
  undo: task.undo,
  only: task.only,
});

function progressOf(
  { target }: Pick<Running, 'target'>,
  { step = '', seq }: Pick<JournalLine, 'step' | 'seq'>,
): RunProgress {
  return { step, index: target.steps.indexOf(step) + 1, total: target.steps.length, seq, started: true };
}

const standsStill = ({ run }: { readonly run: string }): MillwrightError =>
  new MillwrightError(
    { code: 'MW-RUN-DIED', cause: 'infrastructure', message: `run ${run} died on the target without an end` },
    true,
  );
