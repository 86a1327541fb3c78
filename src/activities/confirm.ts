import { confirmArgv } from '../bundle/index.js';
import type { InstanceInfo, JournalLine } from '../model/index.js';
import { pause } from './attempt.js';
import type { SiteDeps } from './deps.js';
import { withMachine } from './machine.js';
import type { Journal } from './run.js';
import type { MachineTask } from './types.js';

const pauseMs = 1_000;
/** A risky step's timer, should the target not tell it; and what undoing takes after that, until we get in again. */
const timerSeconds = 120;
const undoMs = 120_000;

/** Confirms that step over a connection made now; false: the target didn't take it. */
export type Confirm = (step: string, signal: AbortSignal) => Promise<boolean>;

export const confirmOver =
  (deps: SiteDeps, task: MachineTask & { readonly run: string }, info: InstanceInfo): Confirm =>
  (step, signal) =>
    withMachine(
      deps,
      info,
      async (session) =>
        (await session.exec(confirmArgv(task.runner, task.run, step), { signal })).code === 0,
      { fresh: true, signal },
    );

/**
 * Answers the timers of risky steps while their run is followed. The connection that follows was made before they acted
 * and proves nothing, so each is confirmed over a new one; as long as none can be made it is tried again, until the
 * target has undone the step by itself.
 */
export class Confirmations {
  private readonly over = new AbortController();
  private readonly signal: AbortSignal;
  private readonly answering: Promise<void>[] = [];
  private excusedUntil = 0;

  constructor(
    private readonly journal: Pick<Journal, 'lines' | 'ended'>,
    private readonly confirm: Confirm,
    signal: AbortSignal,
  ) {
    this.signal = AbortSignal.any([signal, this.over.signal]);
  }

  /** To be told of each line of the journal. */
  heard({ step, state, withinSeconds = timerSeconds }: JournalLine): void {
    if (state !== 'armed' || step === undefined) return;
    this.excusedUntil = Date.now() + withinSeconds * 1_000 + undoMs;
    this.answering.push(this.answer(step));
  }

  /** Whether not getting in may be a risky step's doing, and comes right when its timer ends. */
  get waiting(): boolean {
    const armed = this.journal.lines.some(({ step }) => step !== undefined && this.isArmed(step));
    return armed && !this.journal.ended && Date.now() < this.excusedUntil;
  }

  async end(): Promise<void> {
    this.over.abort();
    await Promise.all(this.answering);
  }

  private async answer(step: string): Promise<void> {
    while (!this.signal.aborted && !this.journal.ended && this.isArmed(step)) {
      // Whatever keeps us out, the step may be to blame: only a connection that can be made says otherwise.
      if (await this.confirm(step, this.signal).catch(() => false)) return;
      await pause(pauseMs, this.signal).catch(() => undefined);
    }
  }

  private isArmed(step: string): boolean {
    return this.journal.lines.findLast((line) => line.step === step)?.state === 'armed';
  }
}
