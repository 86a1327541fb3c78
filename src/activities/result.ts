import { journalCounts, journalEnd, journalFailure } from '../bundle/index.js';
import type { Head, Target } from '../model/index.js';
import type { SshSession } from '../ssh/port.js';
import type { SiteDeps } from './deps.js';
import { type Journal, statusOf } from './run.js';
import type { MachineTask, ProvisionResult } from './types.js';

type RunTask = MachineTask & { readonly run: string };

/** What became of a run, by its journal and by what the target says of itself now. */
export async function resultOf(
  deps: SiteDeps,
  task: RunTask,
  target: Target,
  session: SshSession,
  journal: Journal,
): Promise<ProvisionResult> {
  const { lines, text } = journal;
  const status = (journal.ended ? journal.status : undefined) ?? (await statusOf(session, task.runner));
  const end = journalEnd(lines);
  const evidence = await deps.store.put(text);
  const failure = journalFailure(lines);
  return {
    head: ours(status?.head ?? null, task.run),
    counts: journalCounts(lines, target.steps),
    debts: status?.debts ?? [],
    failure: end === 'failed' && failure !== undefined ? { ...failure, evidence } : undefined,
    ended: end === 'stopped' || end === 'cancelled' ? end : undefined,
    evidence,
  };
}

/** A head that another run set says nothing about what this one was admitted to. */
const ours = (head: Head | null, run: string): Head | null => (head?.run === run ? head : null);
