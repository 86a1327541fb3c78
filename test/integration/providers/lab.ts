import { afterAll, afterEach, beforeAll } from 'vitest';
import {
  type InstanceInfo,
  instanceId,
  type MachineRef,
  type MachineShape,
} from '../../../src/model/index.js';
import type { CreateRequest, Progress, Provider } from '../../../src/providers/port.js';
import type { Attempt } from './attempt.js';
import { Operator } from './guest.js';

/** What a provider under test brings along. */
export interface Subject {
  readonly provider: Provider;
  /** A fleet nobody else uses. */
  readonly fleetUid: string;
  /** A machine that boots fast. */
  shape(extra?: Partial<MachineShape>): MachineShape;
  /** A process of its own that calls the provider as it is asked to: `{method, args}`. */
  caller(): Promise<Attempt>;
  /** Machines that run for this instance at the hypervisor itself, whatever the provider's inventory says. */
  processes(instance: string): Promise<number>;
  /** Takes the power from a machine, as a crash of its host process would. */
  crash(instance: string): Promise<void>;
  dispose(): Promise<void>;
}

export const quiet: Progress = () => undefined;

/** One subject for the tests of a `describe`, and what they made: destroyed after each test, or at the end. */
export class Lab {
  private subject?: Subject;
  private someone?: Operator;
  private count = 0;
  private readonly made = new Set<string>();
  private readonly callers = new Set<Attempt>();

  private constructor(readonly make: () => Promise<Subject>) {}

  /** `clean: 'last'` lets the tests share machines. */
  static use(make: () => Promise<Subject>, clean: 'each' | 'last' = 'each'): Lab {
    const lab = new Lab(make);
    beforeAll(() => lab.open());
    if (clean === 'each') afterEach(() => lab.clean());
    afterAll(() => lab.close());
    return lab;
  }

  get provider(): Provider {
    return this.it.provider;
  }
  get it(): Subject {
    if (!this.subject) throw new Error('the lab is closed');
    return this.subject;
  }

  ref(machine: string): MachineRef {
    return { fleet: 'contract', fleetUid: this.it.fleetUid, environment: 'test', machine };
  }

  request(machine: string, more: Partial<CreateRequest> = {}, change = 'C1'): CreateRequest {
    const ref = this.ref(machine);
    const instance = instanceId(ref, change);
    this.made.add(instance);
    const loginKeys = [this.someone?.publicKey ?? ''];
    return { ref, instance, shape: this.it.shape(), protect: false, loginKeys, ...more };
  }

  fresh(more: Partial<MachineShape> = {}): CreateRequest {
    return this.request(`m-${++this.count}`, { shape: this.it.shape(more) });
  }

  create(one: CreateRequest): Promise<InstanceInfo> {
    return this.provider.create(one, quiet, new AbortController().signal);
  }

  run(machine: InstanceInfo, command: string): Promise<string> {
    if (!this.someone) throw new Error('the lab is closed');
    return this.someone.run(this.provider, machine, command);
  }

  async caller(): Promise<Attempt> {
    const attempt = await this.it.caller();
    this.callers.add(attempt);
    return attempt;
  }

  private async open(): Promise<void> {
    [this.subject, this.someone] = await Promise.all([this.make(), Operator.create()]);
  }

  private async clean(): Promise<void> {
    for (const each of this.callers) await each.kill();
    this.callers.clear();
    for (const instance of this.made) await this.provider.destroy(instance, { force: true });
    this.made.clear();
  }

  private async close(): Promise<void> {
    if (!this.subject) return;
    await this.clean();
    await this.subject.dispose();
  }
}

/** The code that a call fails with. */
export const code = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no failure',
    (error) => error.info?.code,
  );
