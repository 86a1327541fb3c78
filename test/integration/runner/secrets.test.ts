import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { journalFailure, journalToReceipts, type SlotValue } from '../../../src/bundle/index.js';
import { slotToken } from '../../../src/model/index.js';
import { openRecord } from '../../../src/record/index.js';
import { createKeystore } from '../../../src/secrets/index.js';
import { openStore } from '../../../src/store/open.js';
import { aChange, anEntry, first } from '../record/entries.js';
import { type Box, openBox } from './box.js';
import { command, file, user } from './resources.js';
import { ending, makeTarget, type RunResult, readJournal, story, type Target } from './target.js';

const slot = (name: string) => ({ name, kind: 'secret', secret: { env: 'X' } }) as const;

describe.each(['busybox', 'debian'] as const)('secrets on %s', (kind) => {
  let box: Box;
  let target: Target;
  let home: string;
  let runs = 0;
  let fingerprint: (value: string) => Promise<string>;
  beforeAll(async () => {
    box = await openBox(kind);
    target = await makeTarget(box);
    home = await mkdtemp(join(tmpdir(), 'mw-written-'));
    await box.sh('mkdir -p /srv/t');
    const generateKey = () => ({ privateKey: '', publicKey: '' });
    fingerprint = createKeystore({ dir: await mkdtemp(join(home, 'keys-')), generateKey }).fingerprint;
  });
  afterAll(async () => {
    await box.close();
    await rm(home, { recursive: true });
  });
  const next = (purpose = 'apply'): string => `s/m/${purpose}/${++runs}`;
  const given = async (name: string, value: string): Promise<SlotValue> => ({
    ...{ name, secret: true, value },
    fingerprint: await fingerprint(value),
  });

  test('a secret that changes runs again what uses it, and nothing else', async () => {
    const hash = (salt: string) =>
      execFileSync('openssl', ['passwd', '-6', '-salt', salt, 'x'], { encoding: 'utf8' }).trim();
    const token = slotToken('secrets.pw');
    const packed = await target.load(
      [
        command('feed', 'cat >>/srv/t/fed', { once: true, stdin: `${token}\n` }),
        command('env', 'echo "$PW" >>/srv/t/fed', { once: true, env: { PW: `${token}` } }),
        command('other', 'echo other >>/srv/t/fed', { once: true }),
        file('/srv/t/conf', { content: `password ${token}\n` }),
        file('/srv/t/plain', { content: 'plain\n' }),
        user('millie', { passwordHash: slotToken('hash') }),
      ],
      [],
      [slot('secrets.pw'), slot('hash')],
    );
    const changed = async (pw: string, salt: string): Promise<string[]> => {
      const values = [await given('secrets.pw', pw), await given('hash', hash(salt))];
      const run = await target.run(packed, next(), {}, values);
      expect(journalFailure(run.journal)).toBeUndefined();
      return story(run).flatMap((line) => (line.startsWith('changed ') ? [line.slice(8)] : []));
    };
    const all = [
      'command:feed',
      'command:env',
      'command:other',
      'file:/srv/t/conf',
      'file:/srv/t/plain',
      'user:millie',
    ];
    expect(await changed('one', 'saltone')).toEqual(all);
    expect(await changed('one', 'saltone')).toEqual([]);
    expect(await changed('two', 'saltone')).toEqual(['command:feed', 'command:env', 'file:/srv/t/conf']);
    expect(await changed('two', 'salttwo')).toEqual(['user:millie']);
    expect(await box.sh('cat /srv/t/fed /srv/t/conf')).toBe('one\none\nother\ntwo\ntwo\npassword two\n');
    expect(await box.sh('grep ^millie: /etc/shadow | cut -d: -f2')).toBe(`${hash('salttwo')}\n`);
  });

  test('a secret is in nothing that is written, whatever says it', async () => {
    const [pw, old, key] = [
      'correct"horse',
      'battery staple',
      'BEGIN KEY\nline one of it\nline two\nEND KEY',
    ];
    const words = [pw, old, ...key.split('\n')];
    const token = slotToken('pw');
    await box.sh(`printf 'a\\npassword ${old}\\nz\\n' >/srv/t/app; printf 'x' >/srv/t/tell`);
    const env = { PW: token, OLD: slotToken('old'), KEY: slotToken('key') };
    const packed = await target.load(
      [
        file('/srv/t/app', { content: `a\npassword ${token}\nkey ${slotToken('key')}\nz\n` }),
        command('loud', 'echo "it is $PW"; echo "$KEY" >&2; false', {
          ...{ always: true, env, retries: { count: 1, delayMs: 0 } },
        }),
        file('/srv/t/tell', { content: `${token}\n`, validate: 'cat {new}; exit 4' }),
        command('long', 'i=0; while [ $i -lt 900 ]; do echo "$PW $KEY"; i=$((i+1)); done; exit 5', {
          ...{ always: true, env },
        }),
      ],
      [],
      ['pw', 'old', 'key'].map(slot),
    );
    const values = [await given('pw', pw), await given('old', old), await given('key', key)];
    const done: RunResult[] = [];
    for (const step of packed.bundle.steps)
      for (const purpose of ['check', 'apply'] as const)
        done.push(await target.run(packed, next(purpose), { purpose, only: [step.id] }, values));
    expect(done.map(ending)).toEqual(['ok', 'ok', 'ok', 'failed', 'ok', 'failed', 'ok', 'failed']);

    const lines = done.flatMap(({ journal }) => journal);
    expect(lines.find(({ diff }) => diff)?.diff).toContain('-password ***\n+password ***\n');
    expect(lines.filter(({ output }) => output?.includes('***')).length).toBeGreaterThanOrEqual(4);
    await write(done);
    const told = done.map(({ journal, stderr }) => JSON.stringify(journal) + stderr);
    const kept = await box.sh('cat /var/lib/millwright/runs/*/journal /run/millwright/runs/*/journal');
    const journals = readJournal(kept).map((line) => `${line.reason} ${line.output} ${line.diff}`);
    const disk = await box.sh(
      'cd / && find var/lib/millwright run/millwright -type f ! -path "*/preimages/*" -exec cat {} + | tr -d "\\000"',
    );
    expect(disk).toContain('MW-CHANGE-COMMAND');
    for (const text of [...told, ...journals, disk, await writtenIn(home)])
      for (const word of words) expect(text).not.toContain(word);
    // What a step replaced is kept for a rollback, where only root may look.
    expect(await box.sh('stat -c %a /var/lib/millwright')).toBe('700\n');
  });

  /** Puts down all that a site and the record keep of runs. */
  async function write(done: readonly RunResult[]): Promise<void> {
    const store = openStore(`dir://${join(home, 'store')}`);
    const record = openRecord(`sqlite://${join(home, 'record.db')}`);
    await record.migrate();
    await record.beginChange(aChange(first));
    for (const { journal } of done) {
      const evidence = { journal: await store.put(journal.map((line) => JSON.stringify(line)).join('\n')) };
      const failure = journalFailure(journal);
      const entry = anEntry(first);
      const outcome = { ...entry.outcome, ...(failure && { failure }) };
      await record.putMachine({ ...entry, outcome, evidence, receipts: journalToReceipts(journal) });
    }
    await record.close();
  }
});

async function writtenIn(dir: string): Promise<string> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = await Promise.all(
    files.map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1')),
  );
  expect(texts.length).toBeGreaterThan(3);
  return texts.join('\n');
}
