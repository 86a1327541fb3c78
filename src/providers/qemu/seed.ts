import type { NicSpec } from '../../model/index.js';
import { dropbearKey } from './hostkey.js';
import { diskSerial, guestMachineId, macAddress } from './identity.js';
import type { ImageMeta } from './images/types.js';
import type { InstanceRecord } from './record.js';

/**
 * What our own reader in the guest makes of a fresh machine: a magic line, then `key value…` lines. The same text may
 * come by SMBIOS or on a disk of its own, so that a clone of a booted template can be made somebody too.
 */
export function seedText(record: InstanceRecord, openssh: string, init: ImageMeta['init']): string {
  const { ref, instance, shape, loginKeys } = record.request;
  const key = init === 'micro' ? dropbearKey(openssh) : Buffer.from(openssh);
  const lines = [
    'millwright-seed 1',
    `instance ${instance}`,
    `hostname ${ref.machine}`,
    `machine-id ${guestMachineId(instance)}`,
    ...loginKeys.map((line) => `login-key ${oneLine(line)}`),
    `host-key ${key.toString('base64')} ${record.hostKey}`,
    `network ${macAddress(instance, 0)} 10.0.2.15/24 10.0.2.2 10.0.2.3`,
    ...shape.nics.map((nic, i) => `network ${macAddress(instance, i + 1)} ${addressWithPrefix(nic)}`),
    ...shape.disks.map((disk) => `disk ${diskSerial(disk.name)} ${disk.filesystem} ${disk.mount}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** `10.77.0.10/24`; `-` for a card without a declared address. */
export function addressWithPrefix(nic: NicSpec): string {
  return nic.address ? `${bareAddress(nic)}/${nic.cidr.split('/')[1]}` : '-';
}

export const bareAddress = (nic: NicSpec): string | undefined => nic.address?.split('/')[0];

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
