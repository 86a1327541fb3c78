import { type FailureInfo, type Found, type Hold, shortDigest, type Target } from '../model/index.js';
import type { DriftedStep, ScannedMachine } from '../record/port.js';
import type { LookResult } from './types.js';

/** Who couldn't ask has seen nothing; what was asked and broke is a finding. */
export function failed({ cause, message }: FailureInfo): Finding {
  const asked = cause === 'machine' || cause === 'change';
  return { state: asked ? 'failed' : 'unobserved', reason: text(message) };
}

export type Finding = Omit<ScannedMachine, 'machine'>;

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
