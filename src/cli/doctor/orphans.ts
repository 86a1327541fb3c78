import type { EnvironmentRef } from '../../model/index.js';
import { openRecord } from '../../record/index.js';
import type { RunRecord } from '../../record/port.js';
import { inventoryHere } from '../inventory.js';
import type { Component, Finding } from './types.js';

/** VMs on this host that no machine of the record owns, whatever fleet they are of. */
export const orphans: Component = {
  name: 'VMs here',
  inspect: async (context) => {
    const settings = context.settings();
    const seen = await inventoryHere(settings);
    const all = [...seen.values()].flat();
    if (all.length === 0) return { state: 'ok', text: 'none' };
    const record = await openRecord(settings.record);
    try {
      if ((await record.pendingMigrations()).length > 0)
        return { state: 'warning', text: `${all.length}, and no record to compare them with` };
      return finding(all.length, await strays(record, all));
    } finally {
      await record.close();
    }
  },
};

async function strays(
  record: RunRecord,
  all: readonly { instance: string; machineId: string }[],
): Promise<string[]> {
  const environments = new Map(
    all.map((one) => [one.machineId.split('/').slice(0, 2).join('/'), one.machineId]),
  );
  const owned = new Set<string>();
  for (const id of environments.values()) {
    for (const row of await record.machines(environmentOf(id)))
      if (row.instance) owned.add(row.instance.instance);
  }
  return all.map((one) => one.instance).filter((instance) => !owned.has(instance));
}

/** The record looks an environment up by uid and name; the fleet's name is only for people. */
function environmentOf(machineId: string): EnvironmentRef {
  const [fleetUid = '', environment = ''] = machineId.split('/');
  return { fleet: '', fleetUid, environment };
}

function finding(total: number, strays: readonly string[]): Finding {
  if (strays.length === 0) return { state: 'ok', text: `${total}, each owned by a machine` };
  return {
    state: 'warning',
    text: `${strays.length} of ${total} without a machine: ${strays.join(' ')}`,
    remedy:
      'One that a run is making right now is recorded in a moment; others: millwright status in their fleet says more.',
  };
}
