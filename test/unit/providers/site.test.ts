import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createQemuProvider } from '../../../src/providers/qemu/index.js';

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'mw-site-'));
});
afterEach(() => rmSync(stateDir, { recursive: true }));

const ref = { fleet: 'shop', fleetUid: '01SHOP', environment: 'dev', machine: 'web-1' };
const provider = (site = 'main') => createQemuProvider({ stateDir, site });

it('opens a state directory again and again', async () => {
  expect(await provider().find(ref)).toEqual({ state: 'absent' });
  expect(await provider().list()).toEqual([]);
});

it('refuses the state of another site', async () => {
  await provider().list();
  await expect(provider('other').list()).rejects.toMatchObject({ info: { code: 'MW-SITE-OTHER' } });
});

it('refuses state that was made on another host, as its machines run there', async () => {
  writeFileSync(join(stateDir, 'site.json'), JSON.stringify({ site: 'main', host: 'elsewhere' }));
  await expect(provider().find(ref)).rejects.toMatchObject({ info: { code: 'MW-SITE-HOST' } });
});

it('refuses a state directory whose sockets would have too long a path', async () => {
  const long = createQemuProvider({ stateDir: join(stateDir, 'x'.repeat(60)), site: 'main' });
  await expect(long.list()).rejects.toMatchObject({
    info: { code: 'MW-SITE-PATH', remedy: expect.stringContaining('shorter') },
  });
});
