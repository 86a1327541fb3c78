import { readFileSync } from 'node:fs';

/** A process by id and start, as ids are used again. */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks since boot at its start; empty where /proc isn't there. */
  readonly started: string;
}

export const processId = (pid: number): ProcessId => ({ pid, started: startedAt(pid) });

export function alive(process_: ProcessId): boolean {
  try {
    process.kill(process_.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return startedAt(process_.pid) === process_.started && !zombie(process_.pid);
}

/** Sends the signal, waits up to `graceMs`, then kills; does nothing to a process that isn't the same any more. */
export async function end(process_: ProcessId, signal: 'SIGTERM' | 'SIGINT', graceMs: number): Promise<void> {
  if (!alive(process_)) return;
  process.kill(process_.pid, signal);
  const deadline = Date.now() + graceMs;
  while (alive(process_) && Date.now() < deadline) await pause(100);
  if (alive(process_)) process.kill(process_.pid, 'SIGKILL');
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Field 22 of /proc/PID/stat; the name before it may hold spaces and parentheses. */
const startedAt = (pid: number): string => statFields(pid)[19] ?? '';
const zombie = (pid: number): boolean => statFields(pid)[0] === 'Z';

function statFields(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}
