import type { WorkflowHandle } from '@temporalio/client';
import { retryUpdate, rollbackUpdate, skipUpdate, stopUpdate } from '../../src/workflows/messages.js';
import type { GateProgress, Question, RolloutProgress, SteerRequest } from '../../src/workflows/types.js';
import { sleep } from './faults.js';
import type { Dice } from './keyed.js';
import type { World } from './world.js';

const by = 'operator';
/** First and longest pause between two looks, ms. */
const pollMs = 200;
const longestPoll = 3_200;
/** After this many answers nobody has patience left. */
const mostAnswers = 7;
/** When nothing goes wrong any more, when somebody ends the run, and when it should long have ended, ms: a host may be busy. */
const calmAfter = 90_000;
const endAfter = 120_000;
const brokenAfter = 300_000;
const mostEnds = 5;

type Choice =
  | 'retry'
  | 'retry all'
  | 'skip'
  | 'rollback'
  | 'rollback batch'
  | 'rollback run'
  | 'stop'
  | 'cancel';

/** A person at a rollout: answers at random what it asks, and sometimes what nobody asked. */
export class Operator {
  private given = 0;
  private ends = 0;
  private isClosed = false;

  constructor(
    private readonly world: World,
    private readonly rollout: WorkflowHandle,
    private readonly dice: Dice,
    private readonly count: (kind: string) => void,
    /** Lets the run come to its end. */
    private readonly calm: boolean,
  ) {}

  /** Until the rollout has closed; false: it never did. */
  async attend(): Promise<boolean> {
    const began = Date.now();
    const closed = this.rollout.result().then(
      () => this.close(),
      () => this.close(),
    );
    if (!this.calm) void this.interfere();
    if (!this.calm) void this.holdUp();
    for (let pause = pollMs; !this.isClosed; pause = Math.min(pause * 2, longestPoll)) {
      await Promise.race([closed, this.world.nextTrouble(pause)]);
      if (this.isClosed) break;
      const waited = Date.now() - began;
      if (waited > brokenAfter) return false;
      if (waited > calmAfter) this.world.calm();
      if (waited > endAfter && this.ends++ < mostEnds) await this.send('stop');
      else if (this.world.trouble) pause = (await this.look()) ? pollMs : pause;
    }
    return true;
  }

  private close(): void {
    this.isClosed = true;
  }

  /** Whether something was asked. */
  private async look(): Promise<boolean> {
    const progress = await this.rollout.query<RolloutProgress>('progress').catch(() => undefined);
    for (const question of progress?.questions ?? []) {
      if (this.isClosed) return true;
      await this.answer(question);
    }
    const open = (progress?.gates ?? []).filter(({ state, id }) => state === 'open' && id !== 'window');
    for (const gate of open) await this.vote(gate);
    return (progress?.questions.length ?? 0) + open.length > 0;
  }

  /** Most agree, some more than once, and some don't. */
  private async vote({ id: gate, votes, approvals }: GateProgress): Promise<void> {
    const dice = this.dice.of('vote', gate, votes.length);
    const rejects = !this.calm && dice.chance('rejects', 0.08);
    const person = `voter-${votes.length + 1}`;
    const request = { id: `${gate}/${person}`, by: person, gate };
    if (!rejects && votes.length + 1 >= approvals) this.world.agree(gate);
    await this.tell(rejects ? 'reject' : 'approve', request);
    if (dice.chance('again', 0.2)) await this.tell(rejects ? 'reject' : 'approve', request);
  }

  private async tell(what: string, request: { readonly by: string; readonly id?: string }): Promise<void> {
    this.world.say(`operator: ${what} ${JSON.stringify(request)}`);
    this.count(`says ${what}`);
    try {
      await this.rollout.executeUpdate(what, { args: [request] });
      if (request.id !== undefined) this.world.counted(request.id);
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      this.world.say(`operator: refused: ${cause instanceof Error ? cause.message : cause}`);
    }
  }

  /** Now and then somebody pauses the run for a while, ends a soak, or lets it work on fewer machines. */
  private async holdUp(): Promise<void> {
    const what = this.dice.weighted<'pause' | 'promote' | 'limit' | 'nothing'>('holds up', [
      ['nothing', 12],
      ['pause', 3],
      ['promote', 2],
      ['limit', 2],
    ]);
    if (what === 'nothing') return;
    await sleep(this.dice.between('holds up when', 5, 1_500));
    if (this.isClosed) return;
    if (what !== 'pause')
      return this.tell(what, { by, ...(what === 'limit' && { group: 'db', maxParallel: 1 }) });
    await this.tell('pause', { by });
    await sleep(this.dice.between('holds up for', 5, 800));
    await this.tell('resume', { by });
  }

  private async answer(question: Question): Promise<void> {
    const dice = this.dice.of('answer', ++this.given);
    if (dice.chance('thinks', 0.3)) await sleep(dice.between('for', 10, 400));
    const mayGoBack = question.answers.includes('rollback') || dice.chance('tries in vain', 0.1);
    const choice =
      this.given > mostAnswers
        ? 'stop'
        : this.calm
          ? 'retry'
          : dice.weighted<Choice>('choice', [
              ['retry', 6],
              ['retry all', 2],
              ['skip', 3],
              ['rollback', mayGoBack ? 8 : 0],
              ['rollback batch', mayGoBack ? 1 : 0],
              ['rollback run', 2],
              ['stop', 2],
              ['cancel', 1],
            ]);
    await this.send(choice, question.machine, dice.chance('signal', 0.15));
  }

  /** Now and then somebody ends a run in the middle, for no reason that we know of. */
  private async interfere(): Promise<void> {
    const what = this.dice.weighted<Choice | 'nothing'>('interferes', [
      ['nothing', 20],
      ['stop', 2],
      ['cancel', 2],
      ['rollback run', 1],
    ]);
    if (what === 'nothing') return;
    await sleep(this.dice.between('when', 5, 1_500));
    if (!this.isClosed) await this.send(what);
  }

  private async send(choice: Choice, machine?: string, asSignal = false): Promise<void> {
    this.world.say(`operator: ${choice} ${machine ?? ''}`);
    this.count(`answer ${choice}`);
    if (choice === 'retry' || choice === 'retry all')
      this.world.retried(machine ?? '', choice === 'retry all');
    try {
      if (choice === 'cancel') await this.rollout.cancel();
      else if (choice === 'stop') await this.rollout.executeUpdate(stopUpdate, { args: [{ by }] });
      else await this.steer(choice, machine, asSignal);
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      this.world.say(`operator: refused: ${cause instanceof Error ? cause.message : cause}`);
    }
  }

  private async steer(choice: Choice, machine: string | undefined, asSignal: boolean): Promise<void> {
    const request: SteerRequest = {
      by,
      ...(choice === 'retry all' || choice === 'rollback run' ? {} : { machine }),
      ...(choice === 'rollback batch' ? { batch: true } : {}),
    };
    const name = choice.startsWith('retry') ? 'retry' : choice.startsWith('rollback') ? 'rollback' : 'skip';
    if (asSignal) return this.rollout.signal(name, request);
    const update = { retry: retryUpdate, skip: skipUpdate, rollback: rollbackUpdate }[name];
    await this.rollout.executeUpdate(update, { args: [request] });
  }
}
