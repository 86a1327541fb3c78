import { CancellationScope, condition } from '@temporalio/workflow';
import type { Digest, Gate, WindowState } from '../model/index.js';
import { control } from './activities.js';
import type { Gates, ReachedGate } from './gates.js';
import type { Governor } from './governor.js';
import { timingOf } from './timing.js';
import type { ChangeContext } from './types.js';

/** Keeps a change inside its windows. */
export interface Timed {
  readonly context: ChangeContext;
  readonly plan: Digest;
  readonly governor: Governor;
  readonly gates: Gates;
  isEnding(): boolean;
  /** A window that closes over running work, with `atClose: rollback`. */
  rollBack(reason: string): void;
}

/** Somebody who may let it run outside its window. */
const overrideGate: Gate = {
  ...{ id: 'window', approvals: 1, from: [], onTimeout: 'stop', unsigned: false, external: false },
};

/**
 * Before anything is begun. `missed`: it waited for an opening that was over when it came to it, because nobody was there
 * to run it: it is never run late. `refused`: closed, and not told to wait.
 */
export async function enterWindow(timed: Timed, mayWait: boolean): Promise<'missed' | 'refused' | undefined> {
  const now = await lookAt(timed);
  if (mayBegin(now)) return undefined;
  if (!mayWait) return 'refused';
  timed.governor.close(now.why);
  return untilOpen(timed, (override) => waitForOpening(timed, now, override));
}

/** Open, and not too late to begin. */
const mayBegin = ({ open, startBy }: WindowState): boolean =>
  open && (startBy === undefined || Date.now() <= Date.parse(startBy));

/** Closed, with somebody asked to override it, while `wait` waits; whatever ends that, nobody is asked any longer. */
async function untilOpen<T>(timed: Timed, wait: (override: ReachedGate) => Promise<T>): Promise<T> {
  const override = timed.gates.open(overrideGate);
  try {
    return await wait(override);
  } finally {
    if (override.state === 'open') timed.gates.settle(override, 'void');
    timed.governor.open();
  }
}

async function waitForOpening(
  timed: Timed,
  first: WindowState,
  override: ReachedGate,
): Promise<'missed' | undefined> {
  let awaited = first;
  for (;;) {
    await sleepUntilChange(timed, awaited, override);
    if (override.state === 'approved' || timed.isEnding()) return undefined;
    const now = await lookAt(timed);
    if (mayBegin(now)) return undefined;
    if (isOver(awaited)) return 'missed';
    awaited = now;
  }
}

/**
 * The opening that was waited for has come and gone, or nothing may be begun in it any more. One that is open was too late
 * from the first: the next one is waited for.
 */
function isOver({ open, startBy, closes }: WindowState): boolean {
  const last = startBy ?? closes;
  return !open && last !== undefined && Date.now() > Date.parse(last);
}

/** While it is at work: closes when the window does, opens again with the next one. Runs until it is cancelled. */
export async function keepInWindow(timed: Timed): Promise<void> {
  while (timed.gates.find('window')?.state !== 'approved') {
    const now = timed.governor.window ?? (await lookAt(timed));
    await sleepUntilChange(timed, now);
    if (timed.isEnding()) return;
    const next = await lookAt(timed);
    if (CancellationScope.current().consideredCancelled) return;
    // A freeze that was added meanwhile wants something else than the window did.
    if (next.open || next.atClose === 'finish') continue;
    if (next.atClose === 'rollback') return timed.rollBack(next.why);
    await pauseUntilOpen(timed, next);
  }
}

async function pauseUntilOpen(timed: Timed, closed: WindowState): Promise<void> {
  timed.governor.close(closed.why);
  await untilOpen(timed, async (override) => {
    let now = closed;
    while (!now.open && override.state === 'open' && !timed.isEnding()) {
      await sleepUntilChange(timed, now, override);
      now = await lookAt(timed);
    }
  });
}

/** No longer than freezes that are added meanwhile may stay unseen. */
async function sleepUntilChange(timed: Timed, { until }: WindowState, override?: ReachedGate): Promise<void> {
  const { windowLook } = timingOf(timed.context);
  const left = until === undefined ? windowLook : Math.max(Date.parse(until) - Date.now(), 0) + 1;
  const isOver = (): boolean => timed.isEnding() || override?.state === 'approved';
  await condition(isOver, Math.min(left, windowLook));
}

async function lookAt({ plan, governor }: Timed): Promise<WindowState> {
  const at = new Date().toISOString();
  governor.window = await CancellationScope.nonCancellable(() => control.window({ plan, at }));
  return governor.window;
}
