import { describe, expect, it } from 'vitest';
import { type Machine, qemuArguments } from '../../../src/providers/qemu/arguments.js';
import { multicast } from '../../../src/providers/qemu/identity.js';
import { filesIn } from '../../../src/providers/qemu/layout.js';
import { recordOf } from './fixtures.js';

const machine = (extra: Partial<Machine> = {}): Machine => ({
  key: '0123456789abcdef',
  record: recordOf(),
  files: filesIn('/state/instances/0123456789abcdef'),
  image: {
    dir: '/images/micro',
    disk: '/images/micro/disk.qcow2',
    kernel: { vmlinuz: '/images/micro/vmlinuz', initrd: '/images/micro/initrd' },
    meta: {
      recipe: 'r',
      build: 'b',
      seed: 'millwright',
      init: 'systemd',
      directKernel: true,
      virtualMiB: 64,
      diskBytes: 1,
      buildSeconds: 1,
      builtAt: '2026-01-01T00:00:00.000Z',
    },
  },
  accelerator: 'tcg',
  cpuKhz: 2_600_000,
  dataDisks: ['/state/disks/k/data.qcow2'],
  ...extra,
});
const option = (args: readonly string[], name: string) => args[args.indexOf(name) + 1];

describe("QEMU's arguments", () => {
  it('carry the instance, so that the process table can be compared with the inventory', () => {
    expect(option(qemuArguments(machine()), '-name')).toBe(
      'guest=millwright:01SHOP/dev/web-1@01CHANGE,process=mw-0123456789ab',
    );
  });

  it('are the same every time', () => {
    expect(qemuArguments(machine())).toEqual(qemuArguments(machine()));
  });

  it('tell an emulated guest its clock rate, and a real processor nothing', () => {
    expect(option(qemuArguments(machine()), '-append')).toContain('tsc=reliable tsc_early_khz=2600000');
    const kvm = qemuArguments(machine({ accelerator: 'kvm' }));
    expect(option(kvm, '-append')).not.toMatch(/tsc|mitigations/);
    expect(option(kvm, '-cpu')).toBe('host');
  });

  it('hold no secret: the seed goes by path', () => {
    expect(option(qemuArguments(machine()), '-smbios')).toBe(
      'type=11,path=/state/instances/0123456789abcdef/seed',
    );
  });

  it('boot a foreign image by its own loader, with the seed as a disk', () => {
    const image = { ...machine().image, kernel: undefined };
    const args = qemuArguments(machine({ image }));
    expect(args).not.toContain('-kernel');
    expect(args.join(' ')).toContain('file=/state/instances/0123456789abcdef/seed,format=raw,readonly=on');
  });

  it('put the data disks and network cards in the order of the shape', () => {
    const args = qemuArguments(machine()).join(' ');
    expect(args).toMatch(/file=\S*disk\.qcow2\S* .*serial=root .*data\.qcow2.*serial=mw/);
    expect(args).toMatch(
      /-netdev user,id=n0 .*-netdev socket,id=n1,mcast=230\.0\.0\.1:\d+,localaddr=127\.0\.0\.1/,
    );
  });

  it('separate the networks of fleets and environments', () => {
    const { ref } = recordOf().request;
    const all = [
      multicast(ref, 'inner'),
      multicast(ref, 'outer'),
      multicast({ ...ref, environment: 'prod' }, 'inner'),
      multicast({ ...ref, fleetUid: '01OTHER' }, 'inner'),
    ];
    expect(new Set(all).size).toBe(4);
    expect(multicast({ ...ref, machine: 'db-1' }, 'inner')).toBe(all[0]);
  });
});
