import type { LookResult } from '../../activities/types.js';
import { call } from '../activities.js';
import { failWith } from '../failure.js';
import type { Life } from '../life.js';
import { done, notNeeded, type PhaseEnd, type PhaseStep } from './phase.js';

/** Finds an existing machine and compares it with its contract: one activity, and the last one when it is aligned. */
export const look: PhaseStep = {
  phase: 'look',
  async go(life) {
    if (life.input.verb === 'destroy') return notNeeded('destroy looks under its own lock');
    if (life.input.machine.action === 'create') return notNeeded('create looks under its own lock');
    refuseUnsupported(life);
    const seen = await life.stop.interruptible(() =>
      life.site.look.look.executeWithOptions(call(life.timing.look, `look at ${life.task.machine}`), [
        { ...life.task, depth: 'check' },
      ]),
    );
    return learn(life, seen);
  },
};

function refuseUnsupported({ input, task }: Life): void {
  const { action } = input.machine;
  if (action === 'nothing' || action === 'change') return;
  failWith({
    code: 'MW-PLAN-ACTION',
    cause: 'change',
    message: `the plan permits \`${action}\` for ${task.machine}, which an apply does not do`,
    remedy: `millwright destroy ${task.machine}, then millwright up`,
  });
}

function learn(life: Life, seen: LookResult): PhaseEnd {
  if (seen.found.state !== 'present') return gone(life, seen);
  life.look = seen;
  life.instance = seen.found.instance;
  life.head = seen.head;
  life.debts = seen.debts ?? undefined;
  life.counts = seen.counts;
  if (seen.evidence !== undefined) life.evidence.look = seen.evidence;
  if (seen.hold !== null) held(life, seen.hold);
  if (!seen.aligned) return done(differences(seen));
  life.settled = 'aligned';
  life.assigned = life.input.machine.bundle;
  life.verified = life.input.machine.bundle;
  return done('aligned');
}

/** Without looking at a new plan nobody agreed to a new machine; the record is told, so that the next plan offers one. */
function gone(life: Life, seen: LookResult): never {
  if (seen.found.state === 'absent') life.instance = null;
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
    remedy: `millwright-hold release on ${life.task.machine}`,
  });
}

function differences(seen: LookResult): string {
  if (seen.unreachable !== undefined) return `not reached: ${seen.unreachable.message}`;
  const owed = seen.debts && seen.debts.length > 0 ? `, owes ${seen.debts.join(', ')}` : '';
  return `${seen.differs.length} differ${owed}`;
}
