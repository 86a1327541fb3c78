import type { ExecResult } from '../ssh/port.js';
import { attempt } from './attempt.js';
import type { SiteDeps } from './deps.js';
import { presentMachine, withMachine } from './machine.js';
import type { ExecOutcome, PushActivities } from './types.js';

/** Runs one command as it is; what it says goes to the store, its exit status is a result whatever it is. */
export const execCommand =
  (deps: SiteDeps): PushActivities['execCommand'] =>
  (task) =>
    attempt(async ({ signal }) => {
      const { info } = await presentMachine(deps, task);
      const limit = AbortSignal.any([signal, AbortSignal.timeout(task.timeoutMs)]);
      try {
        return await withMachine(deps, info, async (session) =>
          outcomeOf(deps, await session.exec(task.argv, { signal: limit })),
        );
      } catch (error) {
        if (signal.aborted || !limit.aborted) throw error;
        return timedOut(deps, task.timeoutMs);
      }
    });

async function outcomeOf({ store }: SiteDeps, { code, stdout, stderr }: ExecResult): Promise<ExecOutcome> {
  return { code, stdout: await store.put(stdout), stderr: await store.put(stderr) };
}

async function timedOut({ store }: SiteDeps, timeoutMs: number): Promise<ExecOutcome> {
  const empty = await store.put('');
  return {
    ...{ code: null, stdout: empty, stderr: empty },
    failure: {
      code: 'MW-EXEC-TIMEOUT',
      cause: 'machine',
      message: `did not end within ${timeoutMs} ms; it may still run on the machine`,
    },
  };
}
