/** Variables as an inventory gives them: any data. */
export type InventoryVars = Readonly<Record<string, unknown>>;

export interface InventoryGroup {
  /** Hosts it lists itself, in order. */
  readonly hosts: string[];
  readonly children: string[];
  readonly vars: Record<string, unknown>;
}

/** What an Ansible inventory says, as written: nothing is merged yet. */
export interface Inventory {
  /** Variables that stand beside a host, by its name, in the order of the file. */
  readonly hosts: Map<string, Record<string, unknown>>;
  /** By name, in the order of the file; `all` and `ungrouped` only where they are written. */
  readonly groups: Map<string, InventoryGroup>;
}

/** Stands for a value that only the vault's password opens. */
export const VAULTED: unique symbol = Symbol('encrypted by ansible-vault');

export const emptyInventory = (): Inventory => ({ hosts: new Map(), groups: new Map() });

export function groupOfInventory(inventory: Inventory, name: string): InventoryGroup {
  const known = inventory.groups.get(name);
  if (known) return known;
  const group: InventoryGroup = { hosts: [], children: [], vars: {} };
  inventory.groups.set(name, group);
  return group;
}

/** Notes a host, as often as it is listed, with what stands beside it. */
export function addHost(
  inventory: Inventory,
  group: string | undefined,
  host: string,
  vars: InventoryVars,
): void {
  inventory.hosts.set(host, { ...inventory.hosts.get(host), ...vars });
  if (group === undefined) return;
  const { hosts } = groupOfInventory(inventory, group);
  if (!hosts.includes(host)) hosts.push(host);
}
