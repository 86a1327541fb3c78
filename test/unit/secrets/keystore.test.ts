import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createKeystore } from '../../../src/secrets/index.js';
import { generateEd25519 } from '../../../src/ssh/index.js';

let root: string;
let dir: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mw-keystore-'));
  dir = join(root, 'sites/main/keys');
});
afterEach(() => rmSync(root, { recursive: true }));

const open = () => createKeystore({ dir, generateKey: () => generateEd25519('millwright site main') });
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

test('keys are private files in private folders', async () => {
  const keystore = open();
  const { privateKey, publicKey } = await keystore.loginKey();
  await keystore.fingerprint('x');
  expect(privateKey).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----\n/);
  expect(publicKey).toMatch(/^ssh-ed25519 [A-Za-z0-9+/=]+ millwright site main$/);
  for (const folder of [dir, join(dir, 'login'), join(dir, 'fingerprint')]) expect(mode(folder)).toBe('700');
  for (const file of ['login/id_ed25519', 'login/id_ed25519.pub', 'fingerprint/key'])
    expect(mode(join(dir, file))).toBe('600');
});

test('twenty who open a new keystore at once get the same keys and leave no draft', async () => {
  const stores = Array.from({ length: 20 }, open);
  const keys = await Promise.all(stores.map((one) => one.loginKey()));
  const prints = await Promise.all(stores.map((one) => one.fingerprint('hunter2')));
  expect(new Set(keys.map((key) => key.privateKey)).size).toBe(1);
  expect(new Set(prints).size).toBe(1);
  expect(readdirSync(dir).sort()).toEqual(['fingerprint', 'login']);
});

test('a fingerprint depends on the value and on the site', async () => {
  const here = open();
  const elsewhere = createKeystore({ dir: join(root, 'other'), generateKey: generateEd25519 });
  expect(await here.fingerprint('hunter2')).toMatch(/^hmac-sha256:[0-9a-f]{16}$/);
  expect(await open().fingerprint('hunter2')).toBe(await here.fingerprint('hunter2'));
  expect(await here.fingerprint('hunter3')).not.toBe(await here.fingerprint('hunter2'));
  expect(await elsewhere.fingerprint('hunter2')).not.toBe(await here.fingerprint('hunter2'));
});

test('a key that others may read is refused until it is private again', async () => {
  await open().loginKey();
  const path = join(dir, 'login/id_ed25519');
  chmodSync(path, 0o644);
  const keystore = open();
  await expect(keystore.loginKey()).rejects.toMatchObject({
    info: { code: 'MW-KEYSTORE-UNUSABLE', message: `The key ${path} can't be used: its mode is 0644.` },
  });
  chmodSync(path, 0o600);
  expect((await keystore.loginKey()).publicKey).toContain('ssh-ed25519');
});

test('a keystore that lost a key is an error and never made anew', async () => {
  await open().loginKey();
  rmSync(join(dir, 'login/id_ed25519'));
  await expect(open().loginKey()).rejects.toMatchObject({ info: { code: 'MW-KEYSTORE-UNUSABLE' } });
});
