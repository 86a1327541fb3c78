import { attempt } from './attempt.js';
import type { SiteDeps } from './deps.js';
import { lookAt } from './look.js';
import type { AlignedMachine, MachineTask, SurveyProgress } from './types.js';

/**
 * Looks at machines one after the other and names those that are as they should be. What is wrong with another one, or
 * keeps anybody from looking at it, is for its own workflow to find.
 */
export const survey = (deps: SiteDeps) => (tasks: readonly MachineTask[]) =>
  attempt(async ({ signal, said, say }): Promise<readonly AlignedMachine[]> => {
    const before = said as SurveyProgress | undefined;
    const aligned = [...(before?.aligned ?? [])];
    for (const [n, task] of tasks.entries()) {
      if (n < (before?.looked ?? 0)) continue;
      const one = await alignedMachine(deps, task, signal);
      if (one !== undefined) aligned.push(one);
      say({ looked: n + 1, aligned: [...aligned] } satisfies SurveyProgress);
    }
    return aligned;
  });

async function alignedMachine(
  deps: SiteDeps,
  task: MachineTask,
  signal: AbortSignal,
): Promise<AlignedMachine | undefined> {
  const seen = await lookAt(deps, { ...task, depth: 'check' }, signal).catch(() => undefined);
  signal.throwIfAborted();
  if (seen?.found.state !== 'present' || !seen.aligned || seen.hold !== null) return undefined;
  const { counts, evidence } = seen;
  return { machine: task.machine, instance: seen.found.instance, counts, evidence };
}
