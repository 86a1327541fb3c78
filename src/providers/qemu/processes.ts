import { readdir, readFile } from 'node:fs/promises';
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

const namePrefix = 'guest=millwright:';

/** `-name` of an instance's QEMU: with it the process table can be compared with the inventory. */
export const processName = (instance: string, key: string): string =>
  `${namePrefix}${instance.replaceAll(',', ',,')},process=mw-${key.slice(0, 12)}`;

/** Every QEMU of ours whose pidfile lies below `instances`; during a launch there may be two for one instance. */
export async function qemuProcesses(instances: string): Promise<QemuProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => qemuProcess(Number(pid))));
  return found.filter((one) => one?.pidfile.startsWith(`${instances}/`)) as QemuProcess[];
}

/** The process `pid` if it is a QEMU of ours, as its arguments say. */
export async function qemuProcess(pid: number): Promise<QemuProcess | undefined> {
  const [cmdline, state] = await Promise.all([procFile(pid, 'cmdline'), processState(pid)]);
  const args = cmdline.split('\0');
  const name = args[args.indexOf('-name') + 1] ?? '';
  const pidfile = args[args.indexOf('-pidfile') + 1] ?? '';
  if (!state || !name.startsWith(namePrefix)) return undefined;
  const instance = name.slice(namePrefix.length, name.lastIndexOf(',process=')).replaceAll(',,', ',');
  return { pid, started: state.started, instance, pidfile };
}

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
