import { setTimeout as sleep } from 'node:timers/promises';
import { writeMicroFleet } from '../../support/fleet.js';
import type { CliResult } from '../../support/stack.js';
import { Stack } from '../../support/stack.js';
import { dice, type Fault, type Faulty, faults, pick } from './faults.js';

export const machines = ['node-1', 'node-2', 'node-3'];
const fleetName = 'chaos';

/** A fleet of real machines, a person who steers it, and whatever can go wrong with what they stand on. */
export class World implements Faulty {
  readonly roll: () => number;
  readonly heal = new Set<() => Promise<void>>();
  readonly log: string[] = [];
  kills = 0;
  /** Answers that allow an unguarded step to be begun again. */
  retries = 0;
  version = 0;
  dir = '';
  private readonly kinds: readonly Fault[];

  private constructor(
    readonly stack: Stack,
    seed: number,
  ) {
    this.roll = dice(seed);
    this.kinds = faults((command) => this.inside(command));
  }

  static async start(seed: number): Promise<World> {
    const world = new World(await Stack.start(), seed);
    world.write('good');
    return world;
  }

  say(text: string): void {
    this.log.push(`${new Date().toISOString().slice(11, 19)} ${text}`);
  }

  /** The next contract. Each has a step of its own that is known not to be repeatable, and leaves a line when it acts. */
  write(kind: 'good' | 'fails' | 'unverified'): void {
    this.version++;
    this.dir = writeMicroFleet(this.stack.dir, fleetName, {
      count: machines.length,
      resources: `      - file: /etc/version
        content: "${this.version}"
      - command: take a while
        run: echo ${this.version} >> /var/ledger; sleep 2
        once: true
      - file: /etc/half
        content: "half ${this.version}"
      - command: decide
        run: test ${kind} != fails
        unless: test ${kind} != fails`,
      verify: `      - command: the version is here
        from: inside
        run: test ${kind} = good && grep -q . /etc/version
        within: 2s`,
      extra: `    rollout: {maxParallel: 2}\n`,
    });
    this.say(`contract ${this.version}: ${kind}`);
  }

  async cli(...args: string[]): Promise<CliResult> {
    const result = await this.stack.cli(args, { cwd: this.dir });
    this.say(`millwright ${args.join(' ')} → ${result.code}`);
    return result;
  }

  /** A command of a person, with one thing dying somewhere in the middle of it. */
  async underFire(...args: string[]): Promise<CliResult> {
    let over = false;
    const command = this.cli(...args).finally(() => {
      over = true;
    });
    await sleep(this.roll() * 6000);
    if (!over) await this.strike();
    return command;
  }

  private async strike(): Promise<void> {
    this.kills++;
    const said = await pick(this.roll, this.kinds)(this);
    this.say(`${this.kills}: ${said}`);
  }

  /** Everything stands again: links, processes that were stopped, workers, the server. */
  async calm(): Promise<void> {
    for (const put of this.heal) await put();
    this.heal.clear();
  }

  private async inside(command: string): Promise<void> {
    await this.stack.cli(['ssh', pick(this.roll, machines), '--', 'sh', '-c', command], { cwd: this.dir });
  }
}
