import { journalCounts, journalEnd, type StartInput, type TargetStatus } from '../bundle/index.js';
import {
  type Found,
  type InstanceInfo,
  type JournalLine,
  MillwrightError,
  runId,
  shortDigest,
  type Target,
} from '../model/index.js';
import type { SshSession } from '../ssh/port.js';
import { attempt } from './attempt.js';
import type { SiteDeps } from './deps.js';
import { findMachine, targetOf, withMachine } from './machine.js';
import { isAboutReaching } from './reach.js';
import { ensureAccepted } from './refusals.js';
import { Journal, startAndFollow, statusAndCheck, statusOf } from './run.js';
import { SiteSteps } from './siteSteps.js';
import { slotValues } from './slots.js';
import type { LookActivities, LookResult } from './types.js';
import { noteVerified } from './verified.js';
import { failureOf, runChecks } from './verify.js';

type Task = Parameters<LookActivities['look']>[0];

interface Looking {
  readonly deps: SiteDeps;
  readonly task: Task;
  readonly target: Target;
  readonly info: InstanceInfo;
  readonly signal: AbortSignal;
  onLine(line: JournalLine): void;
}

interface Comparing extends Looking {
  readonly volatile: boolean;
  /** Of the check, which may have been made already. */
  readonly journal: Journal;
}

/** Finds the machine and compares it with its contract, changing nothing on it. */
export const look = (deps: SiteDeps) => (task: Task) => attempt(({ signal }) => lookAt(deps, task, signal));

/** The same within an attempt at more than that. */
export async function lookAt(deps: SiteDeps, task: Task, signal: AbortSignal): Promise<LookResult> {
  const target = await targetOf(deps, task);
  const found = await findMachine(deps, target, task.instance);
  if (found.state === 'unknown') throw unknownState(task, found.reason);
  if (found.state === 'absent' || task.depth === 'find') return seen(found);
  const info = ours(task, found.instance);
  if (info.power === 'off') return seen(found);
  const site = siteSteps({ deps, task, target, info, signal });
  const onLine = (line: JournalLine): void => site.heard(line);
  const looking = { deps, task, target, info, signal: site.signal, onLine };
  try {
    const said = await withMachine(deps, info, (session) => lookInside(looking, session));
    return { ...seen(found), ...said };
  } catch (error) {
    // Who doesn't let us in is looked into by `awaitReady`, which has the patience for it.
    if (!isAboutReaching(error)) throw error;
    return { ...seen(found), unreachable: error.info };
  } finally {
    await site.end();
  }
}

/** Looks that the machine leaves to its site. */
const siteSteps = (looking: Omit<Looking, 'onLine'>): SiteSteps =>
  new SiteSteps({
    ...looking,
    input: checkInput(looking),
    slots: () => slotValues(looking.deps, looking.target),
    onTask: () => undefined,
  });

const seen = (found: Found): LookResult => ({
  found,
  ...{ head: null, hold: null, verified: [], debts: null, aligned: false, differs: [] },
});

type Compared = Omit<LookResult, 'found'>;

/** The stamp at the provider is part of the contract; `provision` puts it right. */
const stampDiffers = ({ info, target }: Looking) =>
  info.protect === target.protect
    ? []
    : [{ step: 'protect', reason: target.protect ? 'is to be put on' : 'is to be lifted' }];

async function lookInside(looking: Looking, session: SshSession): Promise<Compared> {
  const { task, target } = looking;
  const journal = new Journal();
  // Values of slots are asked for only once it is known that there is something to check.
  const status =
    task.depth === 'check' && target.slots.length === 0
      ? await statusAndCheck(session, checkInput(looking), journal, looking)
      : await statusOf(session, task.runner);
  const said: Compared = { ...factsOf(status), aligned: false, differs: [] };
  if (task.depth === 'status') return said;
  // Who only asks leaves nothing on the disk of a machine that nobody has changed yet.
  const seen = await compare({ ...looking, volatile: status === undefined, journal }, session, said);
  const known = said.verified[0]?.bundle === target.bundle;
  // A preview leaves the machine's own notes alone.
  if (seen.aligned && !known && task.depth === 'check') await noteVerified(session, task, target.bundle);
  return seen;
}

/** `said`: what the target says of itself. */
async function compare(looking: Comparing, session: SshSession, said: Compared): Promise<Compared> {
  const { task, target } = looking;
  const assigned = said.head?.bundle === target.bundle;
  if (!assigned && task.depth !== 'preview') {
    return { ...said, differs: [{ step: 'bundle', reason: otherBundle(said) }] };
  }
  if (said.hold !== null) return said;
  const { journal } = looking;
  if (!journal.ended) await check(looking, session);
  const counts = journalCounts(journal.lines, target.steps);
  const differs = [...journal.lines.flatMap(difference), ...stampDiffers(looking)];
  const evidence = await looking.deps.store.put(journal.text);
  const same =
    assigned && differs.length === 0 && journalEnd(journal.lines) === 'ok' && said.debts?.length === 0;
  if (!same) return { ...said, counts, differs, evidence };
  const failing = await failingChecks(looking);
  return { ...said, counts, differs: failing, evidence, aligned: failing.length === 0 };
}

const factsOf = (status: TargetStatus | undefined) => ({
  head: status?.head ?? null,
  hold: status?.hold ?? null,
  verified: status?.verified ?? [],
  debts: status?.debts ?? [],
});

const otherBundle = ({ head }: Compared): string =>
  head === null ? 'none was applied yet' : `${shortDigest(head.bundle)} is applied`;

async function check(looking: Comparing, session: SshSession): Promise<void> {
  const { deps, target, signal, volatile, journal } = looking;
  const input = { ...checkInput(looking), ...(volatile ? { volatile } : {}) };
  const slots = await slotValues(deps, target);
  const options = { store: deps.store, slots, signal, onLine: looking.onLine };
  ensureAccepted(await startAndFollow(session, input, journal, options), null);
}

const checkInput = ({ task, target }: Pick<Looking, 'task' | 'target'>): StartInput => ({
  runner: task.runner,
  run: runId(task.changeId, task.machine, 'check', 1),
  bundle: target.bundle,
  bytes: task.bundleBytes,
  purpose: 'check',
  expect: null,
  instance: task.instance,
});

function difference({ step, state, reason = '' }: JournalLine): { step: string; reason: string }[] {
  const differs = state === 'differs' || state === 'failed' || state === 'interrupted';
  return step !== undefined && differs ? [{ step, reason }] : [];
}

/** The user's own verification, once: a machine that fails it isn't aligned, whatever its files say. */
async function failingChecks({
  deps,
  task,
  target,
  info,
  signal,
}: Looking): Promise<{ step: string; reason: string }[]> {
  if (target.verify.length === 0) return [];
  const once = { ...target, verify: target.verify.map((one) => ({ ...one, withinMs: 0 })) };
  const slots = await slotValues(deps, target);
  const evidence = await runChecks({ deps, task, target: once, info, slots, signal });
  const failure = failureOf(once.verify, evidence);
  return failure === undefined ? [] : [{ step: failure.step ?? 'verify', reason: failure.message }];
}

function ours({ instance }: Task, info: InstanceInfo): InstanceInfo {
  if (info.instance === instance) return info;
  const message = `${info.instance} stands where ${instance} is expected`;
  throw new MillwrightError({ code: 'MW-MACHINE-OTHER', cause: 'machine', message }, false);
}

const unknownState = ({ machine }: Task, reason: string): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-PROVIDER-UNKNOWN',
      cause: 'infrastructure',
      message: `state of ${machine} is unknown: ${reason}`,
    },
    true,
  );
