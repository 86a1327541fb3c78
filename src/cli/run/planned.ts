import type { Change, EnvironmentRef } from '../../model/index.js';
import type { ChangeMemo } from '../../workflows/start.js';
import type { Stores } from '../stores.js';

const verbOf = (verb: string): Change['verb'] =>
  verb === 'destroy' || verb === 'rollback' || verb === 'replace' ? verb : 'up';

/** The change of an active run: from the record, or, before `control` has written it, what the workflow's memo says. */
export async function readPlanned(
  stores: Stores,
  environment: EnvironmentRef,
  memo: ChangeMemo,
): Promise<Change> {
  const row = await stores.record.change(environment, memo.changeId);
  if (row) return row.change;
  return {
    ...environment,
    id: memo.changeId,
    verb: verbOf(memo.verb),
    plan: memo.plan,
    artifacts: '',
    intent: memo.intent,
    revision: '',
    startedBy: memo.startedBy,
    startedAt: new Date().toISOString(),
    allowDestroy: false,
  };
}
