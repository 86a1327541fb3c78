import { expect, it } from 'vitest';
import { type InstanceInfo, instanceKey } from '../../../src/model/index.js';
import { findInstance } from '../../../src/providers/findInstance.js';

const info = (instance: string): InstanceInfo => ({
  instance,
  machineId: instance.split('@')[0] ?? '',
  power: 'on',
  protect: false,
  hostKey: '',
  addresses: {},
  published: {},
  keptDisks: [],
  shape: '',
});
const web = info('01F/dev/web-1@C1');
const old = info('01F/dev/db-1@C1');
const next = info('01F/dev/db-1@C2');
const provider = { list: async () => [web, old, next] };
const key = instanceKey(web.instance);

it('finds an instance by its id, its machine, its key and the beginning of its key', async () => {
  for (const name of [web.instance, web.machineId, key, key.slice(0, 4)]) {
    expect(await findInstance(provider, name)).toEqual({ state: 'present', instance: web });
  }
});

it('prefers an id to all else, and finds none where none is', async () => {
  expect(await findInstance(provider, next.instance)).toEqual({ state: 'present', instance: next });
  expect(await findInstance(provider, '01F/dev/web-2')).toEqual({ state: 'absent' });
});

it('takes no slip for the beginning of a key', async () => {
  expect(await findInstance(provider, key.slice(0, 3))).toEqual({ state: 'absent' });
  expect(await findInstance(provider, '')).toEqual({ state: 'absent' });
});

it('names all that answer to a name', async () => {
  expect(await findInstance(provider, old.machineId)).toEqual({
    state: 'unknown',
    reason: [
      `${old.machineId} may be ${old.instance} (${instanceKey(old.instance)})`,
      `${next.instance} (${instanceKey(next.instance)})`,
    ].join(' or '),
  });
});
