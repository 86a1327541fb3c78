import type { LoadedFleet, Manifest, ManifestGroup } from '../manifest/types.js';
import { addressAt, inNetwork } from './address.js';
import { compare, type Problems } from './problems.js';

/** A machine as declared: the n-th of its group. */
export interface DeclaredMachine {
  readonly name: string;
  readonly group: string;
  /** 1-based. */
  readonly index: number;
  /** Network name to address, sorted by name. */
  readonly addresses: Readonly<Record<string, string>>;
  /** The address others use: on the first network by name; undefined where none is declared. */
  readonly address?: string;
}

/** Every machine of every group, groups by name and machines by number. */
export function expandMachines(fleet: LoadedFleet, problems: Problems): DeclaredMachine[] {
  const { manifest } = fleet;
  const machines = sortedEntries(manifest.groups).flatMap(([group, declared]) => {
    checkAddresses(manifest, group, declared, problems);
    return Array.from({ length: declared.count }, (_, i) => machineOf(group, declared, i + 1));
  });
  checkClashes(machines, problems);
  return machines;
}

function machineOf(group: string, declared: ManifestGroup, index: number): DeclaredMachine {
  const addresses = Object.fromEntries(
    sortedEntries(declared.addresses).map(([network, first]) => [
      network,
      addressAt(first, index - 1) ?? first,
    ]),
  );
  return { name: `${group}-${index}`, group, index, addresses, address: Object.values(addresses)[0] };
}

/** The last machine's address tells whether all fit. */
function checkAddresses(
  manifest: Manifest,
  group: string,
  declared: ManifestGroup,
  problems: Problems,
): void {
  for (const [network, first] of sortedEntries(declared.addresses)) {
    const cidr = manifest.networks[network]?.cidr;
    const last = addressAt(first, Math.max(0, declared.count - 1));
    if (cidr === undefined || (last !== undefined && inNetwork(last, cidr))) continue;
    problems.at(`groups.${group}.addresses.${network}`, {
      message: `${group}-${declared.count} would get ${last ?? 'no address'}, which is not in ${cidr}.`,
      remedy: `Start lower than ${first}, or widen networks.${network}.cidr.`,
    });
  }
}

function checkClashes(machines: readonly DeclaredMachine[], problems: Problems): void {
  const owners = new Map<string, DeclaredMachine>();
  for (const machine of machines) {
    for (const [network, address] of Object.entries(machine.addresses)) {
      const other = owners.get(`${network} ${address}`);
      owners.set(`${network} ${address}`, other ?? machine);
      if (!other) continue;
      problems.at(`groups.${machine.group}.addresses.${network}`, {
        message: `${machine.name} and ${other.name} would both have ${address}.`,
        remedy: `Leave room for all ${other.group} machines, one address each.`,
      });
    }
  }
}

/** Entries in an order that no key order of a file can change. */
export const sortedEntries = <T>(record: Readonly<Record<string, T>>): [string, T][] =>
  Object.entries(record).sort(([a], [b]) => compare(a, b));
