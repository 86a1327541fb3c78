import { expect, it } from 'vitest';
import { lastSurroundings } from '../../../src/cli/lastSurroundings.js';
import type { Stores } from '../../../src/cli/stores.js';
import { documentDomains, preimage } from '../../../src/model/index.js';
import { MemoryStore } from '../../support/sim.js';

const environment = { fleet: 'shop', fleetUid: 'uid', environment: 'dev' };
const step = { at: 'lb-1', site: 'main', run: 'x', settleMs: 0, timeoutMs: 1_000 };
const around = { drain: step, restore: step };
const peers = { 'lb-1': { host: '192.0.2.1', hostKey: 'ssh-ed25519 AAAA', become: 'none' } };

/** Machines with what the target of their last change says; null: that change is lost. */
async function known(machines: Readonly<Record<string, object | null>>): Promise<Stores> {
  const store = new MemoryStore();
  const changes = new Map<string, object>();
  for (const [machine, said] of Object.entries(machines)) {
    const target = await store.put(preimage(documentDomains.target, { ...said, ref: { machine } }));
    const removed = [{ machine, target }, ...Object.keys(machines).map((one) => ({ machine: one, target }))];
    const plan = said && (await store.put(preimage(documentDomains.plan, { groups: [], removed })));
    changes.set(`change of ${machine}`, { change: { plan: plan ?? 'lost' } });
  }
  const rows = Object.keys(machines).map((machine) => ({
    ...{ ref: { machine }, group: machine.split('-')[0], lastChange: `change of ${machine}` },
  }));
  const record: object = {
    machines: async () => rows,
    change: async (_: object, id: string) => changes.get(id),
  };
  return { store, record: record as Stores['record'] };
}
const base = (...machines: string[]) =>
  Object.fromEntries(
    machines.map((machine) => [
      machine,
      {
        ...{ instance: machine, assigned: null, verified: null, shape: '', site: 'main', protect: false },
        group: machine.split('-')[0] ?? '',
      },
    ]),
  );

it('a machine whose group is gone is drained as its own last change said', async () => {
  const stores = await known({ 'web-1': { around, peers }, 'web-2': {}, 'web-3': null, 'db-1': { around } });
  const all = base('web-1', 'web-2', 'web-3', 'db-1');
  expect(await lastSurroundings(stores, environment, all, ['db'])).toEqual({ 'web-1': { around, peers } });
});

it('nobody is asked where no group is gone', async () => {
  const nobody = { record: {}, store: new MemoryStore() } as unknown as Stores;
  expect(await lastSurroundings(nobody, environment, base('web-1'), ['web'])).toEqual({});
});
