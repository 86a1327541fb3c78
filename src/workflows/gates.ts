import { CancellationScope, condition, isCancellation, log } from '@temporalio/workflow';
import type { Agreement, VoteEntry } from '../activities/types.js';
import type { Gate } from '../model/index.js';
import { control } from './activities.js';
import { failureOf } from './failure.js';
import type { GateProgress, GateState } from './types.js';

/** A gate that was reached, while it is open and after. */
export interface ReachedGate {
  /** As plan and policy had it when it was last asked for. */
  gate: Gate;
  readonly since: string;
  readonly deadline?: string;
  readonly votes: VoteEntry[];
  /** Votes that are being judged or written down: by who gave them. */
  readonly pending: Map<string, string>;
  state: GateState;
}

export const nobodyAgrees: Agreement = { gates: [], barred: [], principals: [], authorUnverified: false };

/** The gates of one rollout: which must be passed, which were reached, and how each was answered. */
export class Gates {
  agreement: Agreement = nobodyAgrees;
  private readonly reached = new Map<string, ReachedGate>();

  constructor(
    readonly changeId: string,
    private readonly isEnding: () => boolean,
    /** Called when one opens or closes. */
    private readonly changed: () => void,
    /** Asks for the agreement as the policy is now. */
    private readonly ask: () => Promise<Agreement>,
    /** Called when one wasn't agreed to. */
    private readonly refused: (gate: ReachedGate) => void,
  ) {}

  get progress(): readonly GateProgress[] {
    const all = [...this.reached.values()].map((one) => this.told(one));
    return [...all.filter(isOpen), ...all.filter((one) => !isOpen(one))];
  }

  find(id: string): ReachedGate | undefined {
    return this.reached.get(id);
  }

  open(gate: Gate): ReachedGate {
    const since = new Date();
    const { timeoutMs } = gate;
    const deadline = timeoutMs === undefined ? undefined : new Date(since.getTime() + timeoutMs);
    const one: ReachedGate = {
      ...{ gate, since: since.toISOString(), deadline: deadline?.toISOString() },
      ...{ votes: [], pending: new Map(), state: 'open' as const },
    };
    this.reached.set(gate.id, one);
    this.changed();
    return one;
  }

  settle(one: ReachedGate, state: GateState): void {
    one.state = state;
    this.changed();
  }

  /** Waits at a gate that must be passed; gives back how it was answered: undefined where there is none. */
  async pass(id: string): Promise<ReachedGate | undefined> {
    if (!this.holds(id) || this.isEnding()) return undefined;
    // The policy may have changed since the rollout began.
    await this.refreshIfReadable();
    const gate = this.agreement.gates.find((one) => one.id === id);
    if (gate === undefined || this.isEnding()) return undefined;
    const one = this.open(gate);
    try {
      await this.answer(one);
    } finally {
      // Also where all is put back: nobody is asked any longer.
      if (one.state === 'open') this.settle(one, 'void');
    }
    if (one.state === 'rejected' || one.state === 'timed out') this.refused(one);
    return one;
  }

  private async answer(one: ReachedGate): Promise<void> {
    const { timeoutMs } = one.gate;
    const answered = () => one.state !== 'open' || this.isEnding();
    if (timeoutMs === undefined) await condition(answered);
    else if (!(await condition(answered, timeoutMs))) await this.timeOut(one);
  }

  private holds(id: string): boolean {
    return this.agreement.gates.some((one) => one.id === id);
  }

  /** Who may vote, and what is needed, by the policy as it is now. */
  async refresh(): Promise<void> {
    this.agreement = await this.ask();
    for (const one of this.reached.values()) {
      if (one.state !== 'open') continue;
      one.gate = this.agreement.gates.find(({ id }) => id === one.gate.id) ?? one.gate;
      // Whoever has voted can't again: nobody else would say that it is enough now.
      if (one.votes.length > 0 && this.missing(one) === 0) this.settle(one, 'approved');
    }
  }

  /** A policy file that somebody broke meanwhile changes nothing: votes are judged by it all the same. */
  async refreshIfReadable(): Promise<void> {
    try {
      await this.refresh();
    } catch (error) {
      if (isCancellation(error)) throw error;
      const { code, message } = failureOf(error);
      log.warn('who may vote is not known anew', { code, message });
    }
  }

  /** What a verdict says of the policy counts from now on. */
  learn(
    one: ReachedGate,
    { gate, principals }: { readonly gate?: Gate; readonly principals: readonly string[] },
  ): void {
    this.agreement = { ...this.agreement, principals };
    one.gate = gate ?? one.gate;
  }

  /** A vote that is being judged was given in time. */
  private async timeOut(one: ReachedGate): Promise<void> {
    await condition(() => one.pending.size === 0 || one.state !== 'open' || this.isEnding());
    if (one.state !== 'open' || this.isEnding()) return;
    // Before it is written down: a vote that comes meanwhile would count, and then not.
    this.settle(one, 'timed out');
    await this.note(one, {
      ...{ id: `timeout-${one.gate.id}`, decision: 'reject', by: 'nobody', how: 'timeout' },
      reason: `nobody answered by ${one.deadline}`,
    });
  }

  /** Written down before it counts: whoever voted may rely on it. */
  async note(one: ReachedGate, vote: Omit<VoteEntry, 'changeId' | 'gate' | 'at'>): Promise<VoteEntry> {
    const entry: VoteEntry = {
      ...{ changeId: this.changeId, gate: one.gate.id, at: new Date().toISOString() },
      ...vote,
    };
    await CancellationScope.nonCancellable(() => control.putVote(entry));
    one.votes.push(entry);
    return entry;
  }

  /** Adds what was written down. */
  count(one: ReachedGate, { decision, how }: VoteEntry): void {
    if (one.state !== 'open') return;
    if (decision === 'reject') this.settle(one, 'rejected');
    else if (how === 'break-glass' || decision === 'override' || this.missing(one) === 0)
      this.settle(one, 'approved');
  }

  /** How many approvals it still needs: who is no approver any more has agreed to nothing. */
  missing({ gate, votes }: ReachedGate): number {
    const counting = votes.filter(
      ({ decision, how, by }) => decision !== 'reject' && (how !== 'signed' || this.mayVote(gate, by)),
    );
    return Math.max(0, gate.approvals - counting.length);
  }

  private mayVote({ from }: Gate, by: string): boolean {
    return this.agreement.principals.includes(by) && (from.length === 0 || from.includes(by));
  }

  private told(one: ReachedGate): GateProgress {
    const { gate, state, since, deadline, votes } = one;
    const { authorUnverified } = this.agreement;
    return { ...gate, state, since, deadline, votes, waitsFor: this.eligible(one), authorUnverified };
  }

  /** Who could still vote. */
  private eligible({ gate, votes }: ReachedGate): readonly string[] {
    const { principals, barred } = this.agreement;
    const asked = gate.from.length > 0 ? gate.from : principals;
    return asked.filter((name) => !barred.includes(name) && votes.every(({ by }) => by !== name));
  }
}

const isOpen = ({ state }: Pick<GateProgress, 'state'>): boolean => state === 'open';
