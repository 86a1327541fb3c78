import type { ControlDeps } from './deps.js';
import type { Census, ControlActivities } from './types.js';

type Ledger = Pick<ControlActivities, 'putHold' | 'forget' | 'census' | 'knowsChange'>;

/** What operations on single machines ask of the record and write into it. */
export const createLedger = ({ record }: Pick<ControlDeps, 'record'>): Ledger => ({
  putHold: ({ ref, hold }) => record.putHold(ref, hold),
  forget: (ref) => record.forget(ref),
  census: (input) => census(record, input),
  knowsChange: async ({ changeId, ...environment }) =>
    (await record.change(environment, changeId)) !== undefined,
});

async function census(
  record: ControlDeps['record'],
  { site, ...environment }: Parameters<ControlActivities['census']>[0],
): Promise<Census> {
  const here = Object.entries(await record.base(environment)).filter(([, one]) => one.site === site);
  return {
    known: Object.fromEntries(here.map(([machine, one]) => [machine, one.instance])),
    forgotten: await record.forgotten(environment),
  };
}
