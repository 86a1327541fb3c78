import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fingerprint, generateEd25519 } from '../../../src/ssh/index.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mw-keys-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

test('ssh-keygen reads a generated key and agrees on its public line and fingerprint', () => {
  const { privateKey, publicKey } = generateEd25519('site main');
  const path = join(dir, 'key');
  writeFileSync(path, privateKey, { mode: 0o600 });
  expect(execFileSync('ssh-keygen', ['-y', '-f', path]).toString().trim()).toBe(publicKey);
  expect(execFileSync('ssh-keygen', ['-l', '-f', path]).toString()).toContain(` ${fingerprint(publicKey)} `);
});

test('each of a thousand generated keys has all of its 32 bytes', () => {
  for (let i = 0; i < 1000; i += 1) {
    const blob = Buffer.from(generateEd25519().publicKey.split(' ')[1] ?? '', 'base64');
    expect(blob.length).toBe(51);
  }
});

test('a fingerprint is that of the key, whatever its comment', () => {
  const { publicKey } = generateEd25519();
  expect(fingerprint(`${publicKey} me@here\n`)).toBe(fingerprint(publicKey));
  expect(fingerprint(publicKey)).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
});

test.each(['', 'ssh-ed25519', 'ssh-ed25519 AAAA', 'ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIA==', 'no key at all'])(
  '%j is no public key line',
  (line) => {
    expect(() => fingerprint(line)).toThrow('is not an OpenSSH public key line');
  },
);
