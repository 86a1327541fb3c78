import type { EnvironmentRef } from '../model/index.js';
import type { ChangeRow, RunRecord } from '../record/port.js';
import { usageError } from './errors.js';

/** The run of that number or ULID, or a mistake that names those there are. */
export async function requireRun(
  record: RunRecord,
  environment: EnvironmentRef,
  run: string,
): Promise<ChangeRow> {
  const found = await record.change(environment, run);
  if (found) return found;
  const last = await record.changes(environment, 3);
  throw usageError(
    `${environment.fleet}/${environment.environment} has no run ${run}.`,
    last.length > 0
      ? `The last ones are ${last.map((one) => one.run).join(', ')}.`
      : 'Nothing was run there yet.',
    'MW-RUN-NOTFOUND',
  );
}
