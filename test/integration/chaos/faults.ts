import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { qmp } from '../../../src/providers/qemu/qmp.js';
import type { Running, Stack } from '../../support/stack.js';

/** Uniform in [0, 1), the same sequence for the same seed. */
export function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const pick = <T>(roll: () => number, from: readonly T[]): T =>
  from[Math.floor(roll() * from.length)] as T;

/** What dies, and what is put right again at once because somebody in a real shop would: processes are started anew. */
export type Fault = (world: Faulty) => Promise<string>;

export interface Faulty {
  readonly stack: Stack;
  readonly roll: () => number;
  /** What must be put right before anybody judges. */
  readonly heal: Set<() => Promise<void>>;
}

const roles = [['--control'], ['--site', 'main']] as const;

const killWorker: Fault = async ({ stack, roll }) => {
  const which = roll() < 0.4 ? 0 : 1;
  const worker = stack.workers[which] as Running;
  worker.kill('SIGKILL');
  await worker.ended;
  await sleep(roll() * 3000);
  stack.workers.splice(stack.workers.indexOf(worker), 1);
  const fresh = stack.startWorker(roles[which] ?? []);
  stack.workers.splice(stack.workers.indexOf(fresh), 1);
  stack.workers.splice(which, 0, fresh);
  return `SIGKILL ${roles[which]?.join(' ')}`;
};

const freezeWorker: Fault = async ({ stack, roll, heal }) => {
  const worker = pick(roll, stack.workers);
  return frozen(worker.pid, roll() < 0.5 ? 3000 : 13_000, heal, 'worker');
};

const killServer: Fault = async ({ stack, roll }) => {
  await stack.killServer();
  await sleep(roll() * 3000);
  await stack.startServer();
  return 'SIGKILL Temporal server';
};

const killQemu: Fault = async ({ stack, roll }) => {
  const vm = pick(roll, stack.qemu());
  if (vm === undefined) return 'SIGKILL no VM';
  process.kill(vm.pid, 'SIGKILL');
  return `SIGKILL QEMU ${vm.key}`;
};

const freezeQemu: Fault = async ({ stack, roll, heal }) => {
  const vm = pick(roll, stack.qemu());
  return vm === undefined ? 'SIGSTOP no VM' : frozen(vm.pid, 2000 + roll() * 6000, heal, `QEMU ${vm.key}`);
};

const dropLink: Fault = async ({ stack, roll, heal }) => {
  const vm = pick(roll, stack.qemu());
  if (vm === undefined) return 'set_link no VM';
  const set = (up: boolean) => setLink(stack, vm.key, up).catch(() => undefined);
  const restore = async () => void (await set(true));
  heal.add(restore);
  await set(false);
  await sleep(1000 + roll() * 8000);
  await restore();
  heal.delete(restore);
  return `network of ${vm.key} dropped`;
};

async function setLink(stack: Stack, key: string, up: boolean): Promise<void> {
  const monitors = ['qmp-3.sock', 'qmp-2.sock', 'qmp.sock'].map((name) =>
    join(stack.state, 'instances', key, name),
  );
  await qmp(monitors, async (command) => {
    await command('set_link', { name: 'n0', up });
  });
}

async function frozen(pid: number, ms: number, heal: Faulty['heal'], what: string): Promise<string> {
  const wake = async () => {
    try {
      process.kill(pid, 'SIGCONT');
    } catch {
      // It was killed meanwhile.
    }
  };
  heal.add(wake);
  process.kill(pid, 'SIGSTOP');
  await sleep(ms);
  await wake();
  heal.delete(wake);
  return `SIGSTOP ${what} for ${Math.round(ms)} ms`;
}

/** Ends the runner and its step where they are, from inside, as the kernel does when memory is short. */
const killRunner =
  (ssh: (command: string) => Promise<void>): Fault =>
  async () => {
    await ssh('read -r pid _ </run/millwright/lock && kill -KILL -"$pid" "$pid"').catch(() => undefined);
    return 'SIGKILL runner';
  };

export const faults = (ssh: (command: string) => Promise<void>): readonly Fault[] => [
  ...[killWorker, killWorker, killWorker, freezeWorker, killServer],
  ...[killQemu, freezeQemu, dropLink, killRunner(ssh), killRunner(ssh)],
];
