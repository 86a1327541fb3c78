import { type Found, type Hold, MillwrightError, shortDigest, type Target } from '../model/index.js';
import type { DriftedStep, ScannedMachine } from '../record/port.js';
import type { Store } from '../store/port.js';
import { attempt } from './attempt.js';
import type { SiteDeps } from './deps.js';
import { lookAt } from './look.js';
import { targetOf } from './machine.js';
import type { LookResult, MachineTask, ScanProgress, ScanTask } from './types.js';

/** What a scan looks at: a store document, so that no history carries the tasks of thousands. */
export const scanDomain = 'millwright.scan.v1';

/** Machines one after the other. Whatever is wrong with one of them is its answer, and no reason to skip the next. */
export const scan = (deps: SiteDeps) => (task: ScanTask) =>
  attempt(async ({ signal, said, say }): Promise<readonly ScannedMachine[]> => {
    const tasks = await tasksOf(deps.store, task);
    const found = [...((said as ScanProgress | undefined)?.found ?? [])];
    for (const one of tasks.slice(found.length)) {
      found.push(await scanned(deps, one, signal));
      say({ found: [...found] } satisfies ScanProgress);
    }
    return found;
  });

async function tasksOf(store: Store, { tasks, from, count }: ScanTask): Promise<MachineTask[]> {
  const text = Buffer.from(await store.get(tasks)).toString('utf8');
  const all = JSON.parse(text.slice(text.indexOf('\n') + 1)) as MachineTask[];
  return all.slice(from, from + count);
}

async function scanned(deps: SiteDeps, task: MachineTask, signal: AbortSignal): Promise<ScannedMachine> {
  try {
    const target = await targetOf(deps, task);
    const seen = await lookAt(deps, { ...task, depth: 'check' }, signal);
    return { machine: task.machine, assigned: target.bundle, ...finding(target, seen) };
  } catch (error) {
    signal.throwIfAborted();
    return { machine: task.machine, ...failure(error) };
  }
}

/** Who couldn't ask has seen nothing; what was asked and broke is a finding. */
function failure(error: unknown): Pick<ScannedMachine, 'state' | 'reason'> {
  if (!(error instanceof MillwrightError)) return { state: 'failed', reason: text(String(error)) };
  const { cause, message } = error.info;
  const asked = cause === 'machine' || cause === 'change';
  return { state: asked ? 'failed' : 'unobserved', reason: text(message) };
}

type Finding = Omit<ScannedMachine, 'machine'>;

/** What a look says of a machine that was admitted to the target's bundle. */
export function finding(target: Pick<Target, 'bundle' | 'steps'>, seen: LookResult): Finding {
  if (seen.aligned) return { state: 'aligned' };
  if (seen.unreachable !== undefined) return { state: 'unobserved', reason: text(seen.unreachable.message) };
  if (seen.hold !== null) return { state: 'unobserved', reason: heldText(seen.hold) };
  return gone(seen.found) ?? otherBundle(target, seen) ?? compared(target, seen);
}

const heldText = ({ reason, by }: Hold): string =>
  text(`held${by === undefined ? '' : ` by ${by}`}: ${reason}`);

function gone(found: Found): Finding | undefined {
  if (found.state !== 'present') {
    const unmendable =
      'its provider has no such machine; millwright plan shows what creating it anew would do';
    return { state: 'drifted', steps: [{ step: 'machine', reason: 'is gone' }], unmendable };
  }
  if (found.instance.power !== 'off') return undefined;
  const unmendable = 'somebody may have switched it off on purpose; millwright power on, or millwright up';
  return { state: 'drifted', steps: [{ step: 'power', reason: 'is off' }], unmendable };
}

/** Which of the two is behind, nobody here can tell. */
function otherBundle({ bundle }: Pick<Target, 'bundle'>, { head }: LookResult): Finding | undefined {
  if (head?.bundle === bundle) return undefined;
  const reason = head === null ? 'none was applied' : `${shortDigest(head.bundle)} is applied`;
  const unmendable = `the record says ${shortDigest(bundle)}, the machine another bundle; millwright up settles it`;
  return { state: 'drifted', steps: [{ step: 'bundle', reason }], unmendable };
}

/** A verification that doesn't hold where every step is right isn't drift: applying them again would change nothing. */
function compared(target: Pick<Target, 'steps'>, { differs, debts, counts }: LookResult): Finding {
  const known = new Set([...target.steps, 'protect']);
  const broken = (counts?.failed ?? 0) + (counts?.interrupted ?? 0);
  const owed = (debts ?? []).map((debt) => ({ step: debt, reason: 'owed' }));
  const steps = [...differs.filter(({ step }) => known.has(step)), ...owed];
  if (steps.length > broken) return { state: 'drifted', steps: steps.slice(0, mostSteps).map(brief) };
  const [first] = differs;
  const reason = first === undefined ? 'the check came to no end' : `${first.step}: ${first.reason}`;
  return { state: 'failed', reason: text(reason) };
}

/** What a history and a row can bear; the whole of it is what `check` shows. */
const mostSteps = 20;
const mostText = 200;

const brief = ({ step, reason }: DriftedStep): DriftedStep => ({ step, reason: text(reason) });
const text = (said: string): string => (said.length > mostText ? `${said.slice(0, mostText - 1)}…` : said);
