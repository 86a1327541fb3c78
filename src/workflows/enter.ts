import { CancellationScope, isCancellation, log } from '@temporalio/workflow';
import type { PlanOutline } from '../activities/types.js';
import { impatient } from './activities.js';
import { enterWindow, keepInWindow, type Timed } from './changeWindow.js';
import { failureOf } from './failure.js';
import { notAgreed } from './gatePass.js';
import type { ReachedGate } from './gates.js';
import type { GroupsState } from './groupRun.js';
import type { Running } from './running.js';
import { end, rollBack } from './steering.js';

/** Does the work of a change once it is time and people agree, and only while it is time. */
export async function within(
  state: Running,
  shared: GroupsState,
  outline: PlanOutline,
  work: () => Promise<void>,
): Promise<void> {
  await state.gates.refresh();
  const agreed = async (): Promise<void> => {
    await state.gates.pass('rollout');
    await work();
  };
  if (!outline.timed) return agreed();
  const timed = timedOf(state, shared);
  const late = await enterWindow(timed, shared.change.waitForWindow ?? false);
  if (late === undefined) return whileOpen(timed, agreed);
  state.barred = late;
  end(state, { by: 'window', reason: state.governor.window?.why });
  return work();
}

async function whileOpen(timed: Timed, work: () => Promise<void>): Promise<void> {
  const scope = new CancellationScope();
  const keeping = scope.run(() => keepInWindow(timed)).catch(endOfKeeping);
  try {
    await work();
  } finally {
    scope.cancel();
    await CancellationScope.nonCancellable(() => keeping);
  }
}

function endOfKeeping(error: unknown): void {
  if (!isCancellation(error)) throw error;
}

const timedOf = (state: Running, { context, change }: GroupsState): Timed => ({
  ...{ context, plan: change.plan, governor: state.governor, gates: state.gates },
  isEnding: () => state.stop !== undefined || state.rollingBack !== undefined,
  rollBack: (reason) => rollBack(state, { by: 'window', reason }),
});

/** A gate that people rejected, or that nobody answered in time, ends the change. */
export function disagreed(state: Running, reached: ReachedGate): void {
  const by = reached.votes.at(-1)?.by ?? 'nobody';
  const request = { by, reason: notAgreed(reached) };
  const goesBack = reached.state === 'timed out' && reached.gate.onTimeout === 'rollback';
  if (!goesBack) state.barred = 'rejected';
  if (goesBack) rollBack(state, request);
  else end(state, request);
}

/** What is in force now is what is to be kept so. A change doesn't fail for it: the next one tries again. */
export async function keepReconciled({ plan }: { readonly plan: string }): Promise<void> {
  try {
    await impatient.keepReconciled({ plan });
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { code, message } = failureOf(error);
    log.warn('schedules stay as they are', { code, message });
  }
}
