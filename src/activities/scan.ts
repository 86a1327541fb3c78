import { MillwrightError } from '../model/index.js';
import type { ScannedMachine } from '../record/port.js';
import type { Store } from '../store/port.js';
import { attempt } from './attempt.js';
import type { SiteDeps } from './deps.js';
import { failed, finding } from './finding.js';
import { lookAt } from './look.js';
import { targetOf } from './machine.js';
import type { MachineTask, ScanProgress, ScanTask } from './types.js';

/** What a scan looks at: a store document, so that no history carries the tasks of thousands. */
export const scanDomain = 'millwright.scan.v1';

/** Machines one after the other. Whatever is wrong with one of them is its answer, and no reason to skip the next. */
export const scan = (deps: SiteDeps) => (task: ScanTask) =>
  attempt(async ({ signal, said, say }): Promise<readonly ScannedMachine[]> => {
    const tasks = await tasksOf(deps.store, task);
    const found = [...((said as ScanProgress | undefined)?.found ?? [])];
    for (const one of tasks.slice(found.length)) {
      found.push(await scanned(deps, one, signal));
      say({ found: [...found] } satisfies ScanProgress);
    }
    return found;
  });

async function tasksOf(store: Store, { tasks, from, count }: ScanTask): Promise<MachineTask[]> {
  const text = Buffer.from(await store.get(tasks)).toString('utf8');
  const all = JSON.parse(text.slice(text.indexOf('\n') + 1)) as MachineTask[];
  return all.slice(from, from + count);
}

async function scanned(deps: SiteDeps, task: MachineTask, signal: AbortSignal): Promise<ScannedMachine> {
  try {
    const target = await targetOf(deps, task);
    const seen = await lookAt(deps, { ...task, depth: 'check' }, signal);
    return { machine: task.machine, assigned: target.bundle, ...finding(target, seen) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof MillwrightError) return { machine: task.machine, ...failed(error.info) };
    return { machine: task.machine, state: 'failed', reason: String(error) };
  }
}
