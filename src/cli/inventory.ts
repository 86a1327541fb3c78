import type { EnvironmentRef, InstanceInfo } from '../model/index.js';
import type { MachineRow } from '../record/port.js';
import type { OrphanVm } from '../report/index.js';
import type { Settings } from '../settings.js';
import { siteHere } from './localSite.js';

/** Site to everything of ours that it holds; a site that wasn't asked isn't in it. */
export type Inventory = ReadonlyMap<string, readonly InstanceInfo[]>;

/** Asks the site of this host. Other sites know what they hold on their own hosts. */
export async function inventoryHere(settings: Settings): Promise<Inventory> {
  const here = await siteHere(settings);
  return here ? new Map([[here.site, await here.provider.list()]]) : new Map();
}

/**
 * VMs of this environment that no machine of the record has as its instance. What a running change has just made is not
 * written down yet, and what was forgotten goes on as it is: neither is an orphan.
 */
export function orphansOf(
  seen: Inventory,
  environment: EnvironmentRef,
  rows: readonly MachineRow[],
  activeChanges: readonly string[],
  forgotten: readonly string[] = [],
): OrphanVm[] {
  const owned = new Map(rows.map((row) => [row.ref.machine, row.instance?.instance]));
  const ours = `${environment.fleetUid}/${environment.environment}/`;
  return [...seen].flatMap(([site, instances]) =>
    instances
      .filter((one) => one.machineId.startsWith(ours))
      .filter((one) => owned.get(one.machineId.slice(ours.length)) !== one.instance)
      .filter((one) => !forgotten.includes(one.machineId.slice(ours.length)))
      .filter((one) => !activeChanges.some((change) => one.instance.endsWith(`@${change}`)))
      .map((one) => ({
        instance: one.instance,
        site,
        power: one.power,
        reason: why(one.machineId.slice(ours.length), owned),
      })),
  );
}

const why = (machine: string, owned: ReadonlyMap<string, string | undefined>): string =>
  owned.get(machine) ? `${machine} is another instance now` : `no machine ${machine} is recorded here`;
