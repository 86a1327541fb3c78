import type { LookDepth, LookResult } from '../../activities/types.js';
import { call } from '../activities.js';
import { failWith } from '../failure.js';
import { type Life, sawHead } from '../life.js';
import { done, notNeeded, type PhaseEnd, type PhaseStep } from './phase.js';

/** Finds an existing machine and compares it with its contract: one activity, and the last one when it is aligned. */
export const look: PhaseStep = {
  phase: 'look',
  async go(life) {
    const { verb, machine } = life.input;
    if (verb === 'destroy') return machine.around === undefined ? leftToDestroy : find(life);
    if (machine.action === 'create' && verb === 'apply') return notNeeded('create looks under its own lock');
    const seen = await lookAt(life, depthOf(life));
    return learn(life, seen);
  },
};

const leftToDestroy = notNeeded('destroy looks under its own lock');

/** Draining tells its address; whether anybody gets in is no matter of a machine that is going away. */
async function find(life: Life): Promise<PhaseEnd> {
  const { found } = await lookAt(life, 'find');
  if (found.state === 'present') life.instance = found.instance;
  if (found.state === 'absent') life.instance = null;
  return done();
}

const depthOf = ({ input }: Life): LookDepth =>
  input.verb === 'rollback' || input.machine.action === 'replace' ? 'status' : 'check';

export function lookAt(life: Life, depth: LookDepth): Promise<LookResult> {
  return life.stop.interruptible(() =>
    life.site.look.look.executeWithOptions(call(life.timing.look, `look at ${life.task.machine}`), [
      { ...life.task, depth },
    ]),
  );
}

function learn(life: Life, seen: LookResult): PhaseEnd {
  life.look = seen;
  if (seen.found.state !== 'present') return gone(life, seen);
  life.instance = seen.found.instance;
  sawHead(life, seen.head);
  life.debts = seen.debts ?? life.debts;
  life.counts = seen.counts;
  if (seen.evidence !== undefined) life.evidence.look = seen.evidence;
  if (seen.hold !== null) held(life, seen.hold.reason);
  if (!mayBeAligned(life)) return done(said(seen));
  if (!seen.aligned) return done(differences(seen));
  life.settled = 'aligned';
  life.assigned = life.input.machine.bundle;
  life.verified = life.input.machine.bundle;
  return done('aligned');
}

/** A machine whose shape or instance is to change isn't done however well its files look. */
const mayBeAligned = ({ input }: Life): boolean =>
  input.verb === 'apply' && input.machine.action !== 'power cycle' && input.machine.action !== 'replace';

/** Without looking at a new plan nobody agreed to a new machine; the record is told, so that the next plan offers one. */
function gone(life: Life, seen: LookResult): PhaseEnd {
  if (seen.found.state === 'absent') life.instance = null;
  const mayBeAbsent = life.input.verb === 'rollback' || life.input.machine.action === 'replace';
  if (mayBeAbsent && seen.found.state === 'absent') return done('it is not there');
  failWith({
    code: 'MW-MACHINE-GONE',
    cause: 'machine',
    message: `${life.task.instance} is ${seen.found.state} at site ${life.task.site}`,
    remedy: 'millwright plan shows what creating it anew would do',
  });
}

function held(life: Life, reason: string): never {
  failWith({
    code: 'MW-MACHINE-HELD',
    cause: 'machine',
    message: `${life.task.machine} is held: ${reason}`,
    remedy: `millwright release ${life.task.machine}`,
  });
}

const said = (seen: LookResult): string | undefined =>
  seen.unreachable === undefined ? undefined : `not reached: ${seen.unreachable.message}`;

function differences(seen: LookResult): string {
  if (seen.unreachable !== undefined) return `not reached: ${seen.unreachable.message}`;
  const owed = seen.debts && seen.debts.length > 0 ? `, owes ${seen.debts.join(', ')}` : '';
  const count = seen.differs.length;
  return `${count} ${count === 1 ? 'differs' : 'differ'}${owed}`;
}
