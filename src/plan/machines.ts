import type { Manifest, ManifestGroup } from '../manifest/types.js';
import { addressAt } from './address.js';
import { compare } from './problems.js';

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
export const expandMachines = ({ groups }: Manifest): DeclaredMachine[] =>
  sortedEntries(groups).flatMap(([name, group]) =>
    Array.from({ length: group.count }, (_, i) => machineOf(name, group, i + 1)),
  );

function machineOf(group: string, declared: ManifestGroup, index: number): DeclaredMachine {
  const addresses = Object.fromEntries(
    sortedEntries(declared.addresses).map(([network, first]) => [network, addressAt(first, index - 1)]),
  );
  return { name: `${group}-${index}`, group, index, addresses, address: Object.values(addresses)[0] };
}

/** Entries in an order that no key order of a file can change. */
export const sortedEntries = <T>(record: Readonly<Record<string, T>>): [string, T][] =>
  Object.entries(record).sort(([a], [b]) => compare(a, b));
