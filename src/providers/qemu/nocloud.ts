import type { DiskSpec } from '../../model/index.js';
import { diskSerial, macAddress, machineUuid } from './identity.js';
import { isoImage } from './iso9660.js';
import type { InstanceRecord } from './record.js';
import { addressWithPrefix } from './seed.js';

/** The NoCloud disk that cloud-init in a foreign image reads. Its YAML is JSON, which needs no quoting rules. */
export function nocloudImage(record: InstanceRecord, openssh: string): Uint8Array {
  return isoImage('cidata', [
    { name: 'meta-data', data: json(metaData(record)) },
    { name: 'user-data', data: `#cloud-config\n${json(userData(record, openssh))}` },
    { name: 'network-config', data: json(networkConfig(record)) },
  ]);
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;

const metaData = ({ request }: InstanceRecord) => ({
  'instance-id': machineUuid(request.instance),
  'local-hostname': request.ref.machine,
});

function userData({ request, hostKey }: InstanceRecord, openssh: string) {
  return {
    hostname: request.ref.machine,
    disable_root: false,
    ssh_pwauth: false,
    ssh_deletekeys: true,
    ssh_genkeytypes: ['ed25519'],
    ssh_keys: { ed25519_private: openssh, ed25519_public: hostKey },
    ssh_authorized_keys: request.loginKeys,
    bootcmd: request.shape.disks.map((disk) => ['sh', '-c', mountScript(disk)]),
  };
}

/** cloud-init's own fs_setup formats a disk whose label differs from the wanted one; a kept disk must survive. */
const mountScript = ({ name, filesystem, mount }: DiskSpec): string => {
  const device = `/dev/disk/by-id/virtio-${diskSerial(name)}`;
  return [
    `[ -n "$(blkid -p -o value -s TYPE ${device})" ] || mkfs.${filesystem} -q ${device}`,
    `mkdir -p '${mount}'`,
    `mountpoint -q '${mount}' || mount -o noatime ${device} '${mount}'`,
  ].join(' && ');
};

function networkConfig({ request: { instance, shape } }: InstanceRecord) {
  const card = (n: number, more: object) => [
    `eth${n}`,
    { match: { macaddress: macAddress(instance, n) }, 'set-name': `eth${n}`, ...more },
  ];
  const inner = shape.nics.map((nic, i) => {
    const address = addressWithPrefix(nic);
    return card(i + 1, address === '-' ? { dhcp4: false } : { addresses: [address] });
  });
  return { version: 2, ethernets: Object.fromEntries([card(0, { dhcp4: true }), ...inner]) };
}
