import type { WorkflowHandle } from '@temporalio/client';
import type { Around } from '../../src/model/index.js';
import type { Lab } from '../support/lab.js';
import type { SimFleet, SimGroup } from '../support/sim-fleet.js';

const step = { at: 'lb-1', site: 'main', settleMs: 10, timeoutMs: 5_000 };
const around: Around = { drain: { ...step, run: 'drain' }, restore: { ...step, run: 'restore' } };
const strategy = { batches: [1], soakMs: 0, maxFailed: 0, surge: 1, probes: [] };
const lb: SimGroup = { group: 'lb', count: 1, verify: ['command:balances'] };
const db: SimGroup = { group: 'db', count: 1, after: ['lb'], around, strategy, verify: ['command:answers'] };

/** Taking machines out of use, and replacements that stand beside what they replace: the machine's own history of each. */
export const surroundStories = {
  drained: (lab: Lab) => changed(lab, (fleet) => fleet),
  'rolled-back-into-use': (lab: Lab) =>
    changed(lab, (fleet) => ({
      ...fleet,
      groups: [lb, { ...db, onFailure: 'rollback', wrong: ['command:answers'] }],
    })),
  'not-drained': (lab: Lab) =>
    changed(lab, (fleet) => {
      lab.site.vm('lb-1').target.behaviour.command = async (run) => ({ code: run === 'drain' ? 1 : 0 });
      return fleet;
    }),
  'drained-away': (lab: Lab) =>
    changed(lab, (fleet) => ({ ...fleet, groups: [lb, { ...db, count: 0 }], removed: ['db-1'] })),
  surged: (lab: Lab) => changed(lab, replacing),
  'surge-failed': (lab: Lab) =>
    changed(lab, (fleet) => {
      lab.site.onMade = (_, target) => target.behaviour.failing.add('file:/b');
      return replacing(fleet);
    }),
};

const replacing = (fleet: SimFleet): SimFleet => ({ ...fleet, actions: { 'db-1': 'replace' } });

async function changed(lab: Lab, next: (fleet: SimFleet) => SimFleet): Promise<WorkflowHandle[]> {
  const fleet = lab.fleet([lb, db]);
  await (await lab.up(fleet)).result();
  const rollout = await lab.up(next({ ...fleet, version: '2' }), { allowDestroy: true });
  await rollout.result();
  return [lab.machine(fleet, 'db-1')];
}
