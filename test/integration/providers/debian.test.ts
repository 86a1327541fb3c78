import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { instanceId, type MachineShape } from '../../../src/model/index.js';
import type { CreateRequest, Provider } from '../../../src/providers/port.js';
import { createQemuProvider } from '../../../src/providers/qemu/index.js';
import { Operator } from './guest.js';
import { temporarySite } from './site.js';

const shape: MachineShape = {
  cpus: 2,
  memoryMiB: 384,
  diskMiB: 2048,
  image: { name: 'debian12', kind: 'build', suite: 'bookworm', include: [] },
  disks: [{ name: 'data', sizeMiB: 256, filesystem: 'ext4', mount: '/srv/data', keep: true }],
  nics: [{ network: 'inner', cidr: '10.77.0.0/24', address: '10.77.0.9' }],
  publish: [],
};

describe('a Debian machine', () => {
  const { remove, ...site } = temporarySite();
  const ref = { fleet: 'contract', fleetUid: randomUUID(), environment: 'test', machine: 'db-1' };
  const instances = ['C1', 'C2'].map((change) => instanceId(ref, change));
  let operator: Operator;
  let provider: Provider;

  beforeAll(async () => {
    operator = await Operator.create();
    provider = createQemuProvider(site);
  });
  afterEach(async () => {
    for (const instance of instances) await provider.destroy(instance, { force: true });
  });
  afterAll(remove);

  const create = (instance = '') => {
    const request: CreateRequest = { ref, instance, shape, protect: false, loginKeys: [operator.publicKey] };
    return provider.create(request, () => undefined, new AbortController().signal);
  };

  it('boots systemd with its disks, networks and package lists, and its kept disk goes on', async () => {
    const machine = await create(instances[0]);
    const run = (command: string) => operator.run(provider, machine, command);
    expect(await run('systemctl is-system-running --wait')).toBe('running');
    expect(await run('hostname; cat /etc/hostname')).toBe('db-1\ndb-1');
    expect(await run('cat /run/millwright/seed.failed 2>&1 || true')).toContain('No such file');
    expect(await run('findmnt -no FSTYPE,TARGET /srv/data')).toMatch(/^ext4\s+\/srv\/data$/);
    expect(Number(await run('df -m --output=size / | tail -n 1'))).toBeGreaterThan(1800);
    expect(await run('ip -br address show eth1')).toContain('10.77.0.9/24');
    expect(await run('apt-get install --dry-run --no-install-recommends nginx-light')).toContain(
      'Inst nginx-light',
    );
    expect(await run('dmesg | grep -cE "Oops:|invalid opcode:" || true')).toBe('0');
    await run('echo here > /srv/data/note; sync');
    expect(await provider.destroy(machine.instance)).toEqual({ existed: true, keptDisks: ['data'] });
    const next = await create(instances[1]);
    expect(await operator.run(provider, next, 'cat /srv/data/note')).toBe('here');
  });
});
