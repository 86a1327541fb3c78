import { shortDigest } from '../model/index.js';
import { findPlan } from '../store/documents.js';
import type { Store } from '../store/port.js';
import { usageError } from './errors.js';
import type { Prepared } from './prepare.js';

/** Refuses (exit 2) unless what would be done now is exactly the plan that was named: same inputs, same base. */
export async function requirePlan(
  store: Store,
  id: string,
  { compiled, environment }: Prepared,
): Promise<void> {
  if (!/^[0-9a-f]{4,64}$/.test(id)) {
    throw usageError(
      `--plan ${id} is no number of a plan.`,
      'Copy it from the last line of `millwright plan`.',
      'MW-PLAN-ID',
    );
  }
  if (compiled.planDigest.startsWith(id)) return;
  const { digest, plan } = await findPlan(store, id);
  const { environment: name } = environment;
  throw usageError(
    plan.environment === name && plan.fleetUid === environment.fleetUid
      ? `Plan ${shortDigest(digest)} is stale: the files or the machines have changed since. What would be done now is plan ${shortDigest(compiled.planDigest)}.`
      : `Plan ${shortDigest(digest)} is of ${plan.fleet}/${plan.environment}, not of ${environment.fleet}/${name}.`,
    `Look at it again: millwright plan -e ${name}`,
    'MW-PLAN-STALE',
  );
}
