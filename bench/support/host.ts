import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { tool } from '../../src/providers/qemu/tools.js';
import { temporalBinary } from '../../test/support/temporal.js';
import { rounded } from './statistics.js';

/** Clock ticks per second of /proc, the same on every Linux that people run. */
const ticks = 100;

/** CPU time that a process has used so far, ms. */
export const cpuOf = (pid: number): number => cpuFields(pid, [11, 12]);

/** The same with all that it started, whether that has ended or not. */
export function cpuOfTree(pid: number): number {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    return cpuFields(pid, [11, 12, 13, 14]) + children.reduce((sum, one) => sum + cpuOfTree(Number(one)), 0);
  } catch {
    return 0; // It ended while we looked, and its parent counts it.
  }
}

function cpuFields(pid: number, which: readonly number[]): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (which.reduce((sum, field) => sum + Number(fields[field]), 0) * 1000) / ticks;
}

/** Has the highest memory of this process counted from now on; gives back how to ask for it, MiB. */
export function watchMemory(): () => number {
  writeFileSync('/proc/self/clear_refs', '5');
  return () => {
    const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return Math.round(Number(kib) / 1024);
  };
}

/** Runnable processes over the last minute, the bench itself among them. */
export const load = (): number => rounded(loadavg()[0] ?? 0);

/** What the figures were taken on and with. */
export async function describeHost(): Promise<Record<string, string | number>> {
  // Neither part needs both programs.
  const first = async (program: () => string, flag: string) => {
    const text = await Promise.resolve()
      .then(() => tool(program(), [flag]))
      .catch(() => 'none');
    return text.trim().split('\n')[0] ?? '';
  };
  return {
    cores: availableParallelism(),
    node: process.versions.node,
    temporal: await first(temporalBinary, '--version'),
    qemu: await first(() => 'qemu-system-x86_64', '--version'),
    load: load(),
  };
}
