import type { MachineShape } from '../../../src/model/index.js';
import type { InstanceRecord } from '../../../src/providers/qemu/record.js';

const shape: MachineShape = {
  cpus: 2,
  memoryMiB: 512,
  diskMiB: 2048,
  image: { name: 'micro', kind: 'micro' },
  disks: [{ name: 'data', sizeMiB: 64, filesystem: 'ext4', mount: '/srv/data', keep: true }],
  nics: [{ network: 'inner', cidr: '10.77.0.0/24', address: '10.77.0.1' }],
  publish: [8080],
};

/** An instance record, with parts of the shape replaced. */
export const recordOf = (extra: Partial<MachineShape> = {}): InstanceRecord => ({
  v: 1,
  request: {
    ref: { fleet: 'shop', fleetUid: '01SHOP', environment: 'dev', machine: 'web-1' },
    instance: '01SHOP/dev/web-1@01CHANGE',
    shape: { ...shape, ...extra },
    protect: false,
    loginKeys: ['ssh-ed25519 AAAALOGIN somebody at home'],
  },
  machineId: '01SHOP/dev/web-1',
  shape: '0'.repeat(64),
  hostKey: 'ssh-ed25519 AAAAHOST web-1',
  image: { dir: '/images/micro', build: 'b' },
  createdAt: '2026-01-01T00:00:00.000Z',
});
