import { condition } from '@temporalio/workflow';
import type { WindowState } from '../model/index.js';
import type { ControlRequest, GroupState, LimitRequest, Pause } from './types.js';

/** As much of a group as can be held back. */
export interface Held {
  readonly group: string | null;
  readonly state: GroupState;
  maxParallel: number;
  promoted?: boolean;
  /** How often its running batches were told to start nothing more: one that was being started meanwhile didn't hear it. */
  drains: number;
}

/** What a rollout needs to know of itself to be held back. */
export interface Governed {
  /** Somebody asked for a stop, or all is being put back: nobody waits any longer. */
  isEnding(): boolean;
  groups(): readonly Held[];
  /** Tells running batches, of one group or of all, to start nothing more and to give back what they didn't begin. */
  drain(run?: Held): void;
}

/** Says whether anything new may begin: people pause, and windows close. */
export class Governor {
  paused?: Pause;
  /** As last looked at. */
  window?: WindowState;
  /** Closed, and nothing new is begun until it opens. */
  closed?: Pause;

  constructor(private readonly rollout: Governed) {}

  get obstacle(): Pause | undefined {
    return this.paused ?? this.closed;
  }

  /** Before anything new; a stop ends the wait. */
  async mayBegin(): Promise<void> {
    if (this.obstacle === undefined) return;
    await condition(() => this.obstacle === undefined || this.rollout.isEnding());
  }

  pause({ by, reason }: ControlRequest): void {
    this.paused = { by, reason, at: new Date().toISOString() };
    this.drain();
  }

  resume(): void {
    this.paused = undefined;
  }

  close(reason: string): void {
    this.closed = { by: 'window', reason, at: new Date().toISOString() };
    this.drain();
  }

  open(): void {
    this.closed = undefined;
  }

  drain(run?: Held): void {
    for (const one of run === undefined ? this.rollout.groups() : [run]) one.drains++;
    this.rollout.drain(run);
  }

  /** Ends the soak of a group, or of all that soak. */
  promote({ group }: ControlRequest): void {
    for (const run of this.soaking(group)) run.promoted = true;
  }

  limit({ group, maxParallel }: LimitRequest): void {
    const run = this.rollout.groups().find((one) => one.group === group);
    if (run === undefined) return;
    run.maxParallel = maxParallel;
    this.drain(run);
  }

  soaking(group?: string): readonly Held[] {
    return this.rollout
      .groups()
      .filter((run) => run.state === 'soaking' && (group === undefined || run.group === group));
  }
}
