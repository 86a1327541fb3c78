import { type Draft, problemAt, type Rule } from '../draft.js';
import { formatAddress, parseAddress, parseCidr, type Range } from '../ipv4.js';
import type { Problem } from '../types.js';

/** Networks are written by their first address and don't overlap. */
export const networksAreSound: Rule = (draft) => {
  const seen: { name: string; range: Range }[] = [];
  return Object.entries(draft.manifest.networks).flatMap(([name, { cidr }]) => {
    const path = `networks.${name}.cidr`;
    const range = parseCidr(cidr);
    if (!range)
      return [
        problemAt(
          draft,
          path,
          `"${cidr}" is no IPv4 network.`,
          'Write it like 10.77.0.0/24, from /8 to /30.',
        ),
      ];
    const other = seen.find(
      (earlier) => range.first <= earlier.range.last && earlier.range.first <= range.last,
    );
    seen.push({ name, range });
    if (other)
      return [
        problemAt(
          draft,
          path,
          `${cidr} overlaps network "${other.name}".`,
          'Machines could not tell them apart.',
        ),
      ];
    const own = `${formatAddress(range.first)}/${range.bits}`;
    return range.canonical
      ? []
      : [problemAt(draft, path, `${cidr} is an address inside a network.`, `Write ${own}.`)];
  });
};

/** The addresses that one group takes on one network: machine n has the first plus n-1. */
interface Taken {
  readonly path: string;
  readonly group: string;
  readonly network: string;
  readonly first: number;
  readonly last: number;
}

/** Every machine's address lies in its network. */
export const addressesLieInTheirNetwork: Rule = (draft) =>
  takenAddresses(draft).flatMap((taken): Problem[] => {
    const cidr = draft.manifest.networks[taken.network]?.cidr;
    const range = cidr === undefined ? undefined : parseCidr(cidr);
    if (!range) return [];
    const inside = taken.first > range.first && taken.last < range.last;
    return inside
      ? []
      : [
          problemAt(
            draft,
            taken.path,
            `${spelled(taken)}: outside the machines' part of ${cidr}.`,
            usable(range),
          ),
        ];
  });

const usable = (range: Range): string =>
  `Machines may have ${formatAddress(range.first + 1)} to ${formatAddress(range.last - 1)}.`;

/** No two machines have one address. */
export const addressesAreNotShared: Rule = (draft) => {
  const sorted = takenAddresses(draft).sort((a, b) => a.first - b.first);
  return sorted.flatMap((taken, i): Problem[] => {
    const clash = sorted
      .slice(0, i)
      .find((other) => other.network === taken.network && other.last >= taken.first);
    if (!clash) return [];
    const address = formatAddress(taken.first);
    const message = `${address} would be ${machineAt(clash, taken.first)} and ${machineAt(taken, taken.first)}.`;
    return [problemAt(draft, taken.path, message, `Group "${clash.group}" takes ${spelled(clash)}.`)];
  });
};

/** Addresses have four parts below 256. */
export const addressesAreAddresses: Rule = (draft) =>
  Object.entries(draft.manifest.groups).flatMap(([name, group]) =>
    Object.entries(group.addresses)
      .filter(([, address]) => parseAddress(address) === undefined)
      .map(([network, address]) =>
        problemAt(draft, `groups.${name}.addresses.${network}`, `"${address}" is no IPv4 address.`),
      ),
  );

function takenAddresses(draft: Draft): Taken[] {
  return Object.entries(draft.manifest.groups).flatMap(([group, { addresses, count }]) =>
    Object.entries(addresses).flatMap(([network, text]) => {
      const first = parseAddress(text);
      if (first === undefined || count === 0) return [];
      return [
        { path: `groups.${group}.addresses.${network}`, group, network, first, last: first + count - 1 },
      ];
    }),
  );
}

const machineAt = (taken: Taken, address: number): string => `${taken.group}-${address - taken.first + 1}`;

const spelled = ({ first, last }: Taken): string =>
  first === last ? formatAddress(first) : `${formatAddress(first)} to ${formatAddress(last)}`;
