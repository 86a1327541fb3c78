import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from './files.js';

/** A process told apart from a later one of the same id by when it started (clock ticks since boot). */
export interface ProcessId {
  readonly pid: number;
  readonly started: string;
}

export interface QemuProcess extends ProcessId {
  readonly instance: string;
  readonly pidfile: string;
}

/** A process with a QEMU's arguments, whoever's. `guest` and `pidfile` are empty where it was given none. */
export interface Invocation extends ProcessId {
  readonly program: string;
  readonly guest: string;
  readonly pidfile: string;
}

/** What the name of every guest of ours begins with, whatever site. */
export const machineNamePrefix = 'millwright:';

/** `-name` of an instance's QEMU: with it the process table can be compared with the inventory. */
export const processName = (instance: string, key: string): string =>
  `guest=${machineNamePrefix}${instance.replaceAll(',', ',,')},process=mw-${key.slice(0, 12)}`;

/**
 * Every QEMU of ours whose pidfile lies below `instances`. Whoever launches one has its arguments too, so that during a
 * launch there may be two for one instance.
 */
export async function qemuProcesses(instances: string): Promise<QemuProcess[]> {
  const ours = (await invocations()).flatMap((one) => asOurs(one) ?? []);
  return ours.filter((one) => one.pidfile.startsWith(`${instances}/`));
}

/** Every QEMU of this host that runs a machine, ours or not. */
export async function allQemus(): Promise<Invocation[]> {
  return (await invocations()).filter(({ program }) => /^(qemu-system-.*|qemu-kvm|kvm)$/.test(program));
}

async function invocations(): Promise<Invocation[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => invocation(Number(pid))));
  return found.flatMap((one) => one ?? []);
}

/** The process `pid` if it is a QEMU of ours, as its arguments say. */
export async function qemuProcess(pid: number): Promise<QemuProcess | undefined> {
  const any = await invocation(pid);
  return any && asOurs(any);
}

function asOurs({ pid, started, guest, pidfile }: Invocation): QemuProcess | undefined {
  if (!guest.startsWith(machineNamePrefix)) return undefined;
  return { pid, started, instance: guest.slice(machineNamePrefix.length), pidfile };
}

async function invocation(pid: number): Promise<Invocation | undefined> {
  const cmdline = await procFile(pid, 'cmdline');
  const state = cmdline ? await processState(pid) : undefined;
  if (!state) return undefined;
  const [path = '', ...args] = cmdline.split('\0');
  const [guest, pidfile] = [guestOf(argument(args, '-name')), argument(args, '-pidfile')];
  return { pid, started: state.started, program: basename(path), guest, pidfile };
}

const argument = (args: readonly string[], option: string): string =>
  args.includes(option) ? (args[args.indexOf(option) + 1] ?? '') : '';

/** In `guest=NAME,more=…` or `NAME,more=…` a comma of the name itself is doubled. */
const guestOf = (name: string): string =>
  (/^(?:guest=)?((?:[^,]|,,)*)/.exec(name)?.[1] ?? '').replaceAll(',,', ',');

/** State letter (`R`, `S`, `T` stopped, `Z` …) and start time; undefined when there is no such process. */
export async function processState(pid: number): Promise<{ state: string; started: string } | undefined> {
  const text = await procFile(pid, 'stat');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, started] = [fields[0], fields[19]];
  return state && started && state !== 'Z' && state !== 'X' ? { state, started } : undefined;
}

export async function isAlive(process: ProcessId): Promise<boolean> {
  return (await processState(process.pid))?.started === process.started;
}

export async function self(): Promise<ProcessId> {
  const state = await processState(process.pid);
  return { pid: process.pid, started: state?.started ?? '' };
}

/** Ends a QEMU: asks (it flushes its disks), then forces. Does nothing to another process that got its id. */
export async function endProcess(qemu: ProcessId, graceMs: number): Promise<void> {
  for (const [signal, patienceMs] of [
    ['SIGTERM', graceMs],
    ['SIGKILL', 10_000],
  ] as const) {
    if (!(await isAlive(qemu))) return;
    send(qemu.pid, signal);
    if (await ended(qemu, patienceMs)) return;
  }
}

/** Waits until the process is gone; false when it still lives after `patienceMs`. */
export async function ended(qemu: ProcessId, patienceMs: number): Promise<boolean> {
  for (let waited = 0; waited <= patienceMs; waited += 20) {
    if (!(await isAlive(qemu))) return true;
    await sleep(20);
  }
  return false;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}

const procFile = (pid: number, name: string): Promise<string> =>
  readFile(`/proc/${pid}/${name}`, 'utf8').catch((error) => {
    if (hasCode(error, 'ENOENT', 'ESRCH', 'EACCES')) return '';
    throw error;
  });
