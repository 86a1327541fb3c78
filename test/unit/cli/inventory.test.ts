import { describe, expect, it } from 'vitest';
import { orphansOf } from '../../../src/cli/inventory.js';
import type { InstanceInfo } from '../../../src/model/index.js';
import type { MachineRow } from '../../../src/record/port.js';

const environment = { fleet: 'shop', fleetUid: 'U', environment: 'prod' };

const vm = (machineId: string, change: string): InstanceInfo => ({
  instance: `${machineId}@${change}`,
  machineId,
  power: 'on',
  protect: false,
  hostKey: '',
  addresses: {},
  published: {},
  keptDisks: [],
  shape: '',
});

const row = (machine: string, change: string | null): MachineRow => ({
  ref: { ...environment, machine },
  site: 'main',
  group: 'web',
  instance: change === null ? null : vm(`U/prod/${machine}`, change),
  assigned: null,
  verified: null,
  lastChange: 'C',
  lastOutcome: 'applied',
  debts: [],
  hold: null,
  forgotten: false,
  updatedAt: '',
});

const orphans = (vms: InstanceInfo[], rows: MachineRow[], active: string[] = []): string[] =>
  orphansOf(new Map([['main', vms]]), environment, rows, active).map(
    (one) => `${one.instance}: ${one.reason}`,
  );

describe('orphans', () => {
  it('are none where every VM is the instance of its machine', () => {
    expect(orphans([vm('U/prod/web-1', 'A')], [row('web-1', 'A')])).toEqual([]);
  });

  it('are VMs of machines that nobody recorded, and other instances of those that are', () => {
    expect(
      orphans(
        [vm('U/prod/web-1', 'B'), vm('U/prod/web-9', 'A'), vm('U/prod/web-2', 'A')],
        [row('web-1', 'A'), row('web-2', null)],
      ),
    ).toEqual([
      'U/prod/web-1@B: web-1 is another instance now',
      'U/prod/web-9@A: no machine web-9 is recorded here',
      'U/prod/web-2@A: no machine web-2 is recorded here',
    ]);
  });

  it('are not those of another environment or fleet', () => {
    expect(orphans([vm('U/dev/web-1', 'A'), vm('V/prod/web-1', 'A')], [])).toEqual([]);
  });

  it('are not what an active run has just made', () => {
    expect(orphans([vm('U/prod/web-1', 'B')], [], ['B'])).toEqual([]);
  });

  it('are not machines that were given up', () => {
    const seen = new Map([['main', [vm('U/prod/web-1', 'A'), vm('U/prod/web-2', 'A')]]]);
    const found = orphansOf(seen, environment, [], [], ['web-1']);
    expect(found.map((one) => one.instance)).toEqual(['U/prod/web-2@A']);
  });
});
