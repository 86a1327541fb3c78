import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { tool } from '../../src/providers/qemu/tools.js';
import { temporalBinary } from '../../test/support/temporal.js';
import { rounded } from './statistics.js';

/** Clock ticks per second of /proc, the same on every Linux that people run. */
const ticks = 100;

/** CPU time that a process has used so far, ms. */
export function cpuOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticks;
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
