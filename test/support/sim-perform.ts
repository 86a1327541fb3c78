import type { JournalLine } from '../../src/model/index.js';
import type { SimBundle, SimStep } from './sim-bundle.js';
import type { SimRun } from './sim-disk.js';
import type { SimTarget } from './sim-target.js';

export interface SimOrder {
  readonly run: string;
  readonly bundle: SimBundle;
  /** Change whose runs are taken back first. */
  readonly undo?: string;
}

/** One life of a run's process: from its start to its end or its death. */
export async function perform(target: SimTarget, order: SimOrder): Promise<void> {
  const process = new Process(target, order);
  await process.live();
}

class Process {
  private readonly boot: number;
  private readonly run: SimRun;

  constructor(
    private readonly target: SimTarget,
    private readonly order: SimOrder,
  ) {
    this.boot = target.boot;
    this.run = target.disk.runs.get(order.run) as SimRun;
  }

  async live(): Promise<void> {
    this.write({ state: 'run-started' });
    if (this.order.undo !== undefined) this.takeBack(this.order.undo);
    const end = await this.steps();
    if (this.isDead()) return;
    const paid = end === 'ok' ? this.pay() : end;
    this.write({ state: 'run-ended', reason: paid });
    this.run.active = false;
  }

  private isDead(): boolean {
    return this.boot !== this.target.boot || this.target.disk.runs.get(this.order.run) !== this.run;
  }

  private takeBack(change: string): void {
    const { disk } = this.target;
    for (let image = disk.takeBack(change); image !== undefined; image = disk.takeBack(change)) {
      this.write({ step: image.step, state: 'undone', durationMs: 1, hash: 'h' });
      for (const debt of disk.owe(image.notify)) this.write({ step: image.step, state: 'owed', debt });
    }
  }

  private async steps(): Promise<string> {
    for (const step of this.order.bundle.steps) {
      if (this.run.ending !== undefined) return this.run.ending;
      const end = await this.step(step);
      if (end !== undefined) return end;
    }
    return 'ok';
  }

  /** Undefined: the run goes on. */
  private async step(step: SimStep): Promise<string | undefined> {
    const { target } = this;
    if (step.unguarded && target.disk.inflight === step.id) {
      target.disk.inflight = undefined;
      this.write({
        step: step.id,
        state: 'interrupted',
        code: 'MW-STEP-INTERRUPTED',
        reason: 'died',
        durationMs: 1,
      });
      return 'failed';
    }
    this.write({ step: step.id, state: 'started' });
    const same = target.disk.applied.get(step.id) === step.hash;
    if (!same) this.writeAhead(step);
    await target.behaviour.beforeStep?.(step.id, this.order.run);
    if (target.behaviour.stepMs > 0) await sleep(target.behaviour.stepMs);
    if (this.isDead()) return 'dead';
    return this.act(step, same);
  }

  private writeAhead(step: SimStep): void {
    const { disk } = this.target;
    const before = disk.applied.get(step.id);
    const { run } = this.order;
    if (!disk.preImages.some((one) => one.run === run && one.step === step.id))
      disk.preImages.push({ step: step.id, run, before, notify: step.notify ?? [] });
    for (const debt of disk.owe(step.notify ?? [])) this.write({ step: step.id, state: 'owed', debt });
    if (!step.unguarded) return;
    disk.inflight = step.id;
    this.target.begun.push({ step: step.id, hash: step.hash, run });
  }

  private act(step: SimStep, same: boolean): string | undefined {
    const { disk, behaviour, acted } = this.target;
    if (step.unguarded) disk.inflight = undefined;
    if (behaviour.failing.has(step.id) || (step.fails !== undefined && !same)) {
      if (step.fails === 'dirty') disk.applied.set(step.id, `half of ${step.hash}`);
      this.write({
        step: step.id,
        state: 'failed',
        code: 'MW-CHANGE-COMMAND',
        reason: 'exited 1',
        durationMs: 1,
      });
      return 'failed';
    }
    if (!same) acted.push(step.id);
    disk.applied.set(step.id, step.hash);
    this.write({ step: step.id, state: same ? 'ok' : 'changed', durationMs: 1, hash: step.hash });
    return undefined;
  }

  /** A debt to a step that isn't in this bundle stays. */
  private pay(): string {
    const { disk, paid, behaviour } = this.target;
    for (const debt of [...disk.debts]) {
      const service = debt.split(' ')[1] ?? '';
      if (!this.order.bundle.steps.some(({ id }) => id === service)) continue;
      if (behaviour.failing.has(debt)) {
        this.write({
          step: service,
          state: 'failed',
          code: 'MW-SERVICE-RELOAD',
          reason: debt,
          durationMs: 1,
        });
        return 'failed';
      }
      disk.debts = disk.debts.filter((one) => one !== debt);
      paid.push(debt);
      this.write({ step: service, state: 'paid', debt });
    }
    return 'ok';
  }

  private write(line: Partial<JournalLine> & Pick<JournalLine, 'state'>): void {
    const { lines } = this.run;
    lines.push({
      ...{ v: 1, run: this.order.run, seq: lines.length + 1, bootId: `boot-${this.boot}`, uptime: 1 },
      ...line,
    });
  }
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
