import { spawn } from 'node:child_process';
import { expect } from 'vitest';
import { writeMicroFleet } from '../../support/fleet.js';
import { type CliResult, Stack } from '../../support/stack.js';
import { binary } from './support.js';

/** A file that is refused until somebody makes another one; each revision has a gate of its own. */
const gate = (name: string): string =>
  `      - file: /etc/gate\n        content: ${name}\n        validate: test -e /tmp/open-${name}`;
/** The same as a command, which nothing undoes. */
export const oneWay = (name: string): string =>
  `      - command: gate ${name}\n        run: test -e /tmp/open-${name}\n        unless: test -e /tmp/open-${name}`;

const revision = (name: string, obstacle: string | undefined): string =>
  [
    `      - file: /etc/revision\n        content: ${name}`,
    ...(obstacle === undefined
      ? []
      : [obstacle, '      - file: /etc/behind\n        content: behind the gate']),
  ].join('\n');

export interface Status {
  readonly running: { readonly run: number } | null;
  readonly questions: readonly { readonly machine: string; readonly answers: string[] }[];
  readonly rollback: { readonly run: number; readonly of: number } | null;
}

/** A fleet of micro machines, one worked on at a time, and the real binary to steer its runs. */
export class GatedFleet {
  private constructor(
    readonly stack: Stack,
    private readonly name: string,
    private readonly count: number,
  ) {}

  static async start(name: string, count: number): Promise<GatedFleet> {
    const fleet = new GatedFleet(await Stack.start(), name, count);
    fleet.write('first');
    const up = await fleet.mw('up');
    expect(up, up.stdout + up.stderr).toMatchObject({ code: 0 });
    return fleet;
  }

  get dir(): string {
    return `${this.stack.dir}/${this.name}`;
  }

  write(name: string, obstacle?: string): void {
    writeMicroFleet(this.stack.dir, this.name, {
      count: this.count,
      resources: revision(name, obstacle),
      extra: '    rollout: {maxParallel: 1}\n',
    });
  }

  writeGated(name: string): void {
    this.write(name, gate(name));
  }

  /** Brings a revision as far as its question and gives back the number of the run. */
  async ask(name: string, obstacle = gate(name)): Promise<string> {
    this.write(name, obstacle);
    const waits = await this.mw('up');
    expect(waits, waits.stdout + waits.stderr).toMatchObject({ code: 3 });
    return this.active();
  }

  mw(...args: string[]): Promise<CliResult> {
    return this.stack.cli(args, { cwd: this.dir });
  }

  async on(machine: string, ...argv: string[]): Promise<string> {
    return (await this.mw('exec', machine, '--', ...argv)).stdout;
  }

  async status(): Promise<Status> {
    return JSON.parse((await this.mw('status', '-o', 'json')).stdout) as Status;
  }

  /** Number of the run that goes on. */
  async active(): Promise<string> {
    return String((await this.status()).running?.run);
  }

  /** Sends a signal once the command has said that a machine is being provisioned. */
  async interrupted(signal: NodeJS.Signals, ...args: string[]): Promise<CliResult> {
    const child = spawn(process.execPath, [binary, ...args], { cwd: this.dir, env: this.stack.env });
    const texts = { stdout: '', stderr: '' };
    let sent = false;
    child.stdout.on('data', (chunk: Buffer) => {
      texts.stdout += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      texts.stderr += chunk;
      if (!sent && /provision +running/.test(texts.stderr)) sent = child.kill(signal);
    });
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code, ...texts };
  }

  /** Types a key on a real terminal once the screen shows what is waited for. */
  async atTerminal(args: readonly string[], shown: RegExp, key: string) {
    const command = ['exec', process.execPath, binary, ...args].join(' ');
    const child = spawn('script', ['-qec', `stty cols 120 rows 40; ${command}`, '/dev/null'], {
      cwd: this.dir,
      env: { ...this.stack.env, TERM: 'xterm' },
    });
    let [screen, typed] = ['', false];
    child.stdout.on('data', (chunk: Buffer) => {
      screen += chunk;
      if (!typed && shown.test(screen)) typed = child.stdin.write(key);
    });
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code, screen };
  }
}
