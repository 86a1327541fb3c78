import { loadFleet } from '../../manifest/index.js';
import type { EnvironmentRef, InstanceInfo } from '../../model/index.js';
import { openRecord } from '../../record/index.js';
import type { RunRecord } from '../../record/port.js';
import type { Context } from '../context.js';
import { inventoryHere } from '../inventory.js';
import type { Component, Finding } from './types.js';

/** VMs on this host that no machine of the record owns, whatever fleet they are of, and machines whose VM is gone. */
export const orphans: Component = {
  name: 'VMs here',
  inspect: async (context) => {
    const settings = context.settings();
    const seen = await inventoryHere(settings);
    const record = await openRecord(settings.record);
    try {
      if ((await record.pendingMigrations()).length > 0) return { state: 'ok', text: 'none is recorded yet' };
      return finding(await compare(context, record, [...seen][0]));
    } finally {
      await record.close();
    }
  },
};

interface Compared {
  readonly total: number;
  readonly strays: readonly string[];
  readonly gone: readonly string[];
}

async function compare(
  context: Context,
  record: RunRecord,
  here: readonly [site: string, instances: readonly InstanceInfo[]] | undefined,
): Promise<Compared> {
  const [site, instances = []] = here ?? [];
  const present = new Set(instances.map((one) => one.instance));
  const owned = new Set<string>();
  const gone: string[] = [];
  const spared = new Set<string>();
  for (const environment of await environmentsOf(context, instances)) {
    const { fleetUid, environment: name } = environment;
    for (const machine of await record.forgotten(environment)) spared.add(`${fleetUid}/${name}/${machine}`);
    for (const { ref, instance, site: theirs } of await record.machines(environment)) {
      if (instance === null) continue;
      owned.add(instance.instance);
      if (theirs === site && !present.has(instance.instance))
        gone.push(`${environment.environment}/${ref.machine}`);
    }
  }
  const strays = instances.filter((one) => !owned.has(one.instance) && !spared.has(one.machineId));
  return { total: instances.length, strays: strays.map((one) => one.instance), gone };
}

/** Environments that have a VM here, and those of the fleet in this folder: the record is asked by environment. */
async function environmentsOf(
  context: Context,
  instances: readonly InstanceInfo[],
): Promise<EnvironmentRef[]> {
  const ids = new Set(instances.map((one) => one.machineId.split('/').slice(0, 2).join('/')));
  const loaded = await loadFleet({ dir: process.cwd(), environment: context.flags.environment });
  if (loaded.ok)
    for (const name of loaded.fleet.environments) ids.add(`${loaded.fleet.manifest.uid}/${name}`);
  return [...ids].map((id) => {
    const [fleetUid = '', environment = ''] = id.split('/');
    return { fleet: '', fleetUid, environment };
  });
}

function finding({ total, strays, gone }: Compared): Finding {
  if (strays.length === 0 && gone.length === 0) {
    return { state: 'ok', text: total === 0 ? 'none' : `${total}, each owned by a machine or given up` };
  }
  const parts = [
    ...(strays.length > 0 ? [`${strays.length} of ${total} without a machine: ${strays.join(' ')}`] : []),
    ...(gone.length > 0 ? [`machines whose VM is gone: ${gone.join(' ')}`] : []),
  ];
  return {
    state: 'warning',
    text: parts.join('; '),
    remedy: [
      ...(strays.length > 0
        ? [
            'A VM that a run is making right now is recorded in a moment; millwright doctor --sweep says more.',
          ]
        : []),
      ...(gone.length > 0 ? ['millwright up makes what is gone anew.'] : []),
    ].join('\n'),
  };
}
