import type { Manifest, ManifestGroup, ManifestMachine } from '../manifest/types.js';
import { addressAt } from './address.js';
import { compare } from './problems.js';

/** A machine as declared: the n-th of its group, or one that exists already and has a name of its own. */
export interface DeclaredMachine {
  readonly name: string;
  readonly group: string;
  /** 1-based. */
  readonly index: number;
  /** Network name to address, sorted by name. */
  readonly addresses: Readonly<Record<string, string>>;
  /** The address others use: on the first network by name; undefined where none is declared. */
  readonly address?: string;
  /** Of a machine that nobody makes. */
  readonly existing?: ManifestMachine;
}

/** Every machine of every group, groups by name and machines by number or name. */
export const expandMachines = ({ groups }: Manifest): DeclaredMachine[] =>
  sortedEntries(groups).flatMap(([name, group]) =>
    group.machines
      ? sortedEntries(group.machines).map(([machine, existing], i) =>
          existingMachine(name, machine, existing, i + 1),
        )
      : Array.from({ length: group.count }, (_, i) => machineOf(name, group, i + 1)),
  );

/** One that exists already has the address under which it is reached. */
const existingMachine = (
  group: string,
  name: string,
  existing: ManifestMachine,
  index: number,
): DeclaredMachine => ({ name, group, index, addresses: {}, address: existing.host, existing });

function machineOf(group: string, declared: ManifestGroup, index: number): DeclaredMachine {
  const addresses = Object.fromEntries(
    sortedEntries(declared.addresses).map(([network, first]) => [network, addressAt(first, index - 1)]),
  );
  return { name: `${group}-${index}`, group, index, addresses, address: Object.values(addresses)[0] };
}

/** Entries in an order that no key order of a file can change. */
export const sortedEntries = <T>(record: Readonly<Record<string, T>>): [string, T][] =>
  Object.entries(record).sort(([a], [b]) => compare(a, b));
