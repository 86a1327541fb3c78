import { assertName } from './text.js';

type OneOrMore<T> = T | readonly T[];

/** What may come in. */
export interface FirewallRule {
  /** Undefined for icmp: a port, or a range such as `8000-8100`. */
  readonly port?: OneOrMore<number | string>;
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  /** Addresses and networks; undefined: anywhere. */
  readonly from?: OneOrMore<string>;
}

interface Wanted {
  readonly id: string;
  readonly policy: 'drop' | 'accept';
  readonly allow: readonly FirewallRule[];
  readonly sshPort: number;
}

const octet = '(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])';
const ipv4 = new RegExp(`^${octet}(\\.${octet}){3}(/(3[0-2]|[12]?[0-9]))?$`);
const ipv6 = /^[0-9a-fA-F]{0,4}(:[0-9a-fA-F]{0,4}){2,7}(\/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))?$/;

/** What always may: answers, ourselves, what IPv6 can't work without, and the port that we log in by. */
const always = (sshPort: number): readonly string[] => [
  'ct state established,related accept',
  'iifname "lo" accept',
  'icmpv6 type { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, packet-too-big } accept',
  'ip6 saddr fe80::/10 udp dport 546 accept',
  `tcp dport ${sshPort} accept`,
];

/** Text for `nft -f` that replaces our table at once, and touches no other. */
export function rulesText({ id, policy, allow, sshPort }: Wanted): string {
  const rules = [...always(sshPort), ...new Set(allow.flatMap((rule) => linesOf(rule, id)))];
  return [
    '# Managed by Millwright: changes here are reverted.',
    'table inet millwright',
    'delete table inet millwright',
    'table inet millwright {',
    '  chain input {',
    `    type filter hook input priority 0; policy ${policy};`,
    ...rules.map((rule) => `    ${rule}`),
    '  }',
    '}',
    '',
  ].join('\n');
}

/** A line for each pair of source and port: nft refuses sets whose members overlap. */
function linesOf({ port, protocol, from }: FirewallRule, id: string): string[] {
  const sources = from === undefined ? [undefined] : listOf(from);
  return sources.flatMap((one) => {
    const family = one === undefined ? undefined : familyOf(one, id);
    const source = family === undefined ? '' : `${family} saddr ${one} `;
    if (protocol === 'icmp') return [`${source}meta l4proto ${icmp(family)} accept`];
    return listOf(port ?? []).map((each) => `${source}${protocol} dport ${portOf(each, id)} accept`);
  });
}

const icmp = (family: 'ip' | 'ip6' | undefined): string =>
  family === undefined ? '{ icmp, ipv6-icmp }' : family === 'ip' ? 'icmp' : 'ipv6-icmp';

function familyOf(source: string, id: string): 'ip' | 'ip6' {
  if (ipv4.test(source)) return 'ip';
  assertName(source, ipv6, id);
  return 'ip6';
}

function portOf(port: number | string, id: string): string {
  const text = String(port);
  const [from = 0, to = from] = text.split('-').map(Number);
  assertName(from >= 1 && from <= to && to <= 65_535 ? text : '', /^[0-9]{1,5}(-[0-9]{1,5})?$/, id);
  return text;
}

const listOf = <T>(value: OneOrMore<T>): readonly T[] =>
  (Array.isArray(value) ? value : [value]) as readonly T[];
