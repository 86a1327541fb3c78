import { cancelArgv, journalCounts, stopArgv } from '../bundle/index.js';
import type { Found, Target } from '../model/index.js';
import type { SshSession } from '../ssh/port.js';
import { attempt } from './attempt.js';
import type { SiteDeps } from './deps.js';
import { findMachine, presentMachine, targetOf, withMachine } from './machine.js';
import { isKeptOut, mayBeActive } from './reach.js';
import { resultOf } from './result.js';
import { follow, Journal, uploadLacking } from './run.js';
import type { ProvisionResult, PushActivities } from './types.js';

type EndTask = Parameters<PushActivities['endRun']>[0];

/** Ends a run, or keeps one from ever starting; what it did until then is in the result. */
export const endRun = (deps: SiteDeps) => (task: EndTask) =>
  attempt(async ({ signal }): Promise<ProvisionResult> => {
    const target = await targetOf(deps, task);
    const found = await findMachine(deps, target, task.instance);
    if (runsNothing(found)) return nothingRan(deps, task, target);
    const { info } = await presentMachine(deps, task);
    const journal = new Journal();
    try {
      return await withMachine(deps, info, async (session) => {
        await end(deps, session, task, journal, signal);
        const result = await resultOf(deps, task, target, session, journal);
        return journal.ended ? result : { ...result, ended: task.how === 'stop' ? 'stopped' : 'cancelled' };
      });
    } catch (error) {
      throw isKeptOut(error) ? mayBeActive(task, error) : error;
    }
  });

/** A run doesn't come back with the machine: only `start` would resume it. */
const runsNothing = (found: Found): boolean =>
  found.state === 'absent' || (found.state === 'present' && found.instance.power === 'off');

const nothingRan = async (deps: SiteDeps, { how }: EndTask, { steps }: Target): Promise<ProvisionResult> => ({
  head: null,
  counts: journalCounts([], steps),
  debts: null,
  ended: how === 'stop' ? 'stopped' : 'cancelled',
  evidence: await deps.store.put(''),
});

async function end(
  deps: SiteDeps,
  session: SshSession,
  task: EndTask,
  journal: Journal,
  signal: AbortSignal,
) {
  // A tombstone needs the runner, even where the run never came to the target.
  await uploadLacking(session, deps.store, task.runner, task.bundleBytes);
  const options = { signal, onLine: () => undefined };
  const read = () => follow(session, task.runner, task.run, journal, options);
  if (task.how === 'stop') {
    await session.exec(stopArgv(task.runner, task.run), { signal });
    if ((await read()) === 'ended') return;
  }
  await session.exec(cancelArgv(task.runner, task.run), { signal });
  await read();
}
