import { type Json, type Step, sha256Hex } from '../model/index.js';
import { type FirewallRule, rulesText } from './firewallRules.js';
import { factKey, flag, makeStep } from './step.js';
import type { ResolvedCommon } from './types.js';

export interface ResolvedFirewall extends ResolvedCommon {
  readonly type: 'firewall';
  readonly firewall: 'input';
  readonly policy: 'drop' | 'accept';
  readonly allow: readonly FirewallRule[];
  readonly sshPort: number;
  readonly absent: boolean;
}

const rulesPath = '/etc/millwright/firewall.nft';
const unitName = 'millwright-firewall.service';
const unitPath = `/etc/systemd/system/${unitName}`;
const load = `/usr/sbin/nft -f ${rulesPath}`;

/** Debian's nftables.service flushes every table when it starts: we come after it, and again whenever it does. */
const unitText = `# Managed by Millwright: changes here are reverted.
[Unit]
Description=Firewall of Millwright: table inet millwright
DefaultDependencies=no
After=local-fs.target nftables.service
PartOf=nftables.service
Wants=network-pre.target
Before=network-pre.target shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${load}
ExecReload=${load}

[Install]
WantedBy=sysinit.target
`;

/** facts: two files, the unit, our table. apply: tried, written, loaded at once. undo: files, unit and table as before. */
export function compileFirewall(resource: ResolvedFirewall): Step {
  const { firewall, policy, sshPort, absent } = resource;
  const rules = rulesText(resource);
  return makeStep({
    ...{ resource, undo: 'exact' },
    facts: [
      ...[rulesPath, unitPath].flatMap((key) => ['stat', 'sha256'].map((kind) => ({ kind, key }))),
      { kind: 'unit', key: unitName },
      { kind: 'nft', key: 'millwright' },
    ],
    variables: {
      firewall_rules_key: factKey('stat', rulesPath),
      firewall_rules_sha: sha256Hex(rules),
      firewall_unit_key: factKey('stat', unitPath),
      firewall_unit_sha: sha256Hex(unitText),
      firewall_unit: factKey('unit', unitName),
      firewall_table: factKey('nft', 'millwright'),
      firewall_ssh: String(sshPort),
      firewall_drops: flag(policy === 'drop'),
      firewall_absent: flag(absent),
    },
    files: absent ? [] : [rules, unitText],
    intent: { firewall, policy, allow: resource.allow as unknown as Json, sshPort, absent },
  });
}
