import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Entry, writeArchive } from '../../../src/cli/backup/archive.js';
import { type Change, documentDomains, preimage } from '../../../src/model/index.js';
import { openRecord } from '../../../src/record/index.js';
import { openStore } from '../../../src/store/open.js';
import { Desk, type Result } from './support.js';

const fleet = { fleet: 'lab', fleetUid: '01JZB2V5Q8K4T7W9X3C6D1E0FA', environment: 'dev' };
const changeId = '01JZB2V5Q8K4T7W9X3C6D1E0FB';
const secret = 'a private key that nobody else may read';

/** A desk whose control state is one machine, its plan and bundle, and a login key. */
async function filled(): Promise<{ desk: Desk; documents: string[] }> {
  const desk = await Desk.open();
  expect((await desk.run(['doctor', '--migrate'])).code).toBe(0);
  mkdirSync(join(desk.state, 'keys/login'), { recursive: true, mode: 0o700 });
  writeFileSync(join(desk.state, 'keys/login/id_ed25519'), secret, { mode: 0o600 });
  const store = openStore(`dir://${join(desk.state, 'store')}`);
  const text = await store.put('hello\n');
  const step = await store.put(preimage(documentDomains.step, { content: text }));
  const outline = { steps: [{ id: 'file:/etc/motd', hash: step }], verify: [], slots: [] };
  const bundle = await store.put(preimage(documentDomains.bundle, outline));
  const tar = await store.put(Buffer.alloc(200_000, 'the bytes of a bundle'));
  const runner = await store.put('#!/bin/sh\n');
  const target = await store.put(preimage(documentDomains.target, { bundle }));
  const groups = [{ group: 'web', machines: [{ machine: 'web-1', target, bundle }] }];
  const plan = await store.put(preimage(documentDomains.plan, { version: 1, ...fleet, groups, removed: [] }));
  const artifacts = await store.put(
    preimage(documentDomains.artifacts, { bundles: { [bundle]: tar }, runner }),
  );
  await store.put('nobody needs this any more');
  const record = openRecord(`sqlite://${join(desk.state, 'record.db')}`);
  const change: Change = {
    ...{
      ...fleet,
      id: changeId,
      verb: 'up',
      plan,
      artifacts,
      intent: 'i',
      revision: 'r',
      allowDestroy: false,
    },
    ...{ startedBy: 'anna', startedAt: '2026-03-04T12:00:00.000Z' },
  };
  await record.beginChange(change);
  await record.putMachine({
    ...{
      ref: { ...fleet, machine: 'web-1' },
      changeId,
      site: 'main',
      group: 'web',
      receipts: [],
      evidence: {},
    },
    outcome: { machine: 'web-1', outcome: 'applied', phases: [] },
    instance: {
      ...{
        instance: `web-1@${changeId}`,
        machineId: 'web-1',
        power: 'on',
        protect: false,
        hostKey: 'ssh-ed25519 A',
      },
      ...{ addresses: {}, published: {}, keptDisks: [], shape: 'f'.repeat(64) },
    },
    ...{ assigned: bundle, verified: bundle, debts: ['reload service:nginx'] },
  });
  await record.endChange(changeId, 'succeeded');
  await Promise.all([record.close(), store.close()]);
  return { desk, documents: [text, step, bundle, tar, runner, target, plan, artifacts].sort() };
}

/** Digests in a desk's store, whose folder is made by the first document. */
function stored({ state }: Desk): string[] {
  const dir = join(state, 'store');
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((name) => name.split('/').slice(-2).join(''))
    .filter((name) => /^[0-9a-f]{64}$/.test(name))
    .sort();
}

describe('a backup', () => {
  let from: Desk;
  let documents: string[];
  let identity: string;
  let recipient: string;
  let file: string;
  let key: string;
  const desks: Desk[] = [];
  beforeAll(async () => {
    ({ desk: from, documents } = await filled());
    desks.push(from);
    identity = await generateX25519Identity();
    recipient = await identityToRecipient(identity);
    file = join(from.dir, 'control.age');
    key = join(from.dir, 'backup.key');
    writeFileSync(key, `# public key: ${recipient}\n${identity}\n`);
    expect(await from.run(['backup', file, '--to', recipient])).toMatchObject({ code: 0 });
  });
  afterAll(() => {
    for (const desk of desks) desk.close();
  });

  const empty = async (): Promise<Desk> => {
    const desk = await Desk.open();
    desks.push(desk);
    expect((await desk.run(['doctor', '--migrate'])).code).toBe(0);
    return desk;
  };
  const refused = (result: Result, code: string): void => {
    expect(result, result.stderr).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toMatch(new RegExp(`^${code} {2}`));
    expect(result.stderr).not.toMatch(/\n\s+at .+:\d+/);
  };

  it('is one encrypted file for its owner alone, and nothing is left beside it', () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const bytes = readFileSync(file);
    expect(bytes.subarray(0, 21).toString()).toBe('age-encryption.org/v1');
    for (const text of [secret, 'web-1', 'manifest.json', 'the bytes of a bundle'])
      expect(bytes.includes(text)).toBe(false);
    expect(readdirSync(from.dir).filter((name) => name.includes('millwright-backup'))).toEqual([]);
  });

  it('brings keys, record and exactly the documents in use to another host', async () => {
    const to = await empty();
    const restored = await to.run(['restore', file, '--identity', key, '--offline', '-o', 'json']);
    expect(restored, restored.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(restored.stdout)).toMatchObject({
      ...{ schema: 'millwright/restore/v1', keys: ['login/id_ed25519'], keysAside: null },
      machines: [{ machine: 'web-1', state: 'unlooked' }],
    });
    const login = join(to.state, 'keys/login/id_ed25519');
    expect([readFileSync(login, 'utf8'), statSync(login).mode & 0o777]).toEqual([secret, 0o600]);
    expect(stored(to)).toEqual(documents);
    const record = openRecord(`sqlite://${join(to.state, 'record.db')}`);
    const [row] = await record.machines(fleet);
    const last = await record.change(fleet, '1');
    const next = await record.beginChange({ ...(last?.change as Change), id: `${changeId}X` });
    await record.close();
    expect(row).toMatchObject({
      lastOutcome: 'applied',
      debts: ['reload service:nginx'],
      assigned: row?.verified,
    });
    expect(next.run).toBe(2);
  });

  it('may be restored twice', async () => {
    const to = await empty();
    const again = () => to.run(['restore', file, '--identity', key, '--offline', '-o', 'json']);
    expect((await again()).code).toBe(0);
    const second = await again();
    expect(second, second.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(second.stdout).keys).toEqual([]);
  });

  it('is never written in the clear', async () => {
    refused(await from.run(['backup', join(from.dir, 'plain')]), 'MW-USAGE');
    refused(await from.run(['backup', join(from.dir, 'plain'), '--to', 'age1nonsense']), 'MW-USAGE');
    expect(readdirSync(from.dir)).not.toContain('plain');
  });

  it('replaces no file without --force', async () => {
    refused(await from.run(['backup', file, '--to', recipient]), 'MW-BACKUP-EXISTS');
    expect((await from.run(['backup', file, '--to', recipient, '--force'])).code).toBe(0);
  });

  it('may be made by a passphrase, which is then the only way in', async () => {
    const passphrase = join(from.dir, 'passphrase');
    const other = join(from.dir, 'passphrase.age');
    writeFileSync(passphrase, 'short\n');
    refused(await from.run(['backup', other, '--passphrase-file', passphrase]), 'MW-USAGE');
    writeFileSync(passphrase, 'correct horse battery staple\n');
    expect((await from.run(['backup', other, '--passphrase-file', passphrase])).code).toBe(0);
    const to = await empty();
    writeFileSync(join(from.dir, 'wrong'), 'incorrect horse battery staple\n');
    const restore = (name: string) =>
      to.run(['restore', other, '--passphrase-file', join(from.dir, name), '--offline']);
    refused(await restore('wrong'), 'MW-BACKUP-KEY');
    expect((await restore('passphrase')).code).toBe(0);
  });

  describe('is refused, and nothing is restored,', () => {
    let to: Desk;
    beforeAll(async () => {
      to = await empty();
    });
    const restore = (name: string, ...more: string[]): Promise<Result> =>
      to.run(['restore', name, '--identity', key, '--offline', ...more]);
    const nothing = (): void => {
      expect(stored(to)).toEqual([]);
      expect(readdirSync(to.state)).not.toContain('keys');
    };

    it('for a key that it was not made for', async () => {
      const other = join(from.dir, 'other.key');
      writeFileSync(other, await generateX25519Identity());
      refused(await to.run(['restore', file, '--identity', other, '--offline']), 'MW-BACKUP-KEY');
      refused(await to.run(['restore', file, '--offline']), 'MW-USAGE');
      nothing();
    });

    it.each([0.1, 0.5, 0.9, 0.999])('when only %f of it is there', async (part) => {
      const cut = join(from.dir, `cut-${part}`);
      const bytes = readFileSync(file);
      writeFileSync(cut, bytes.subarray(0, Math.floor(bytes.length * part)));
      refused(await restore(cut), 'MW-BACKUP-DAMAGED');
      nothing();
    });

    it('when a byte of it is another one', async () => {
      const bytes = readFileSync(file);
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 1000) ^ 1, bytes.length - 1000);
      writeFileSync(join(from.dir, 'flipped'), bytes);
      refused(await restore(join(from.dir, 'flipped')), 'MW-BACKUP-DAMAGED');
      nothing();
    });

    it('when it is no backup at all, or not there', async () => {
      writeFileSync(join(from.dir, 'text'), 'hello\n'.repeat(100));
      refused(await restore(join(from.dir, 'text')), 'MW-BACKUP-FORMAT');
      refused(await restore(join(from.dir, 'nowhere')), 'MW-BACKUP-UNREADABLE');
    });

    it('when a newer Millwright wrote it', async () => {
      const seal = new Encrypter();
      seal.addRecipient(recipient);
      const bytes = Buffer.from(JSON.stringify({ format: 2, millwright: '9.1.0' }));
      const entries = async function* (): AsyncIterable<Entry> {
        yield { name: 'manifest.json', bytes };
      };
      await writeArchive(join(from.dir, 'newer.age'), seal, entries());
      const result = await restore(join(from.dir, 'newer.age'));
      refused(result, 'MW-BACKUP-NEWER');
      expect(result.stderr).toContain('written by Millwright 9.1.0');
      nothing();
    });

    it('in the folder of another fleet', async () => {
      const other = join(to.dir, 'other');
      mkdirSync(other);
      expect((await to.run(['init', '--template', 'micro', '--name', 'shop'], { cwd: other })).code).toBe(0);
      const result = await to.run(['restore', file, '--identity', key, '--offline'], { cwd: other });
      refused(result, 'MW-BACKUP-FLEET');
      expect(result.stderr).toContain('it holds lab/dev');
      nothing();
    });

    it('while Temporal is away, unless machines are not to be asked', async () => {
      const result = await to.run(['restore', file, '--identity', key]);
      expect(result.code).toBe(7);
      expect(result.stderr).toContain('MW-ENGINE-UNREACHABLE');
      nothing();
    });

    it('on the host of another site', async () => {
      writeFileSync(join(from.state, 'site.json'), '{"site":"main","host":"a"}\n');
      const ofSite = join(from.dir, 'site.age');
      expect((await from.run(['backup', ofSite, '--to', recipient])).code).toBe(0);
      writeFileSync(join(to.state, 'site.json'), '{"site":"east","host":"b"}\n');
      refused(await restore(ofSite), 'MW-BACKUP-SITE');
      nothing();
    });

    it('over a keystore that has other keys, which --force keeps aside', async () => {
      mkdirSync(join(to.state, 'keys/login'), { recursive: true, mode: 0o700 });
      writeFileSync(join(to.state, 'keys/login/id_ed25519'), 'mine', { mode: 0o600 });
      refused(await restore(file), 'MW-BACKUP-KEYS');
      expect(stored(to)).toEqual([]);
      const forced = await restore(file, '--force', '-o', 'json');
      expect(forced, forced.stderr).toMatchObject({ code: 0 });
      const { keysAside } = JSON.parse(forced.stdout) as { keysAside: string };
      expect(readFileSync(join(keysAside, 'login/id_ed25519'), 'utf8')).toBe('mine');
      expect(readFileSync(join(to.state, 'keys/login/id_ed25519'), 'utf8')).toBe(secret);
    });
  });
});
