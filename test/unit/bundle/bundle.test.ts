import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import {
  bundleTar,
  encodeSlots,
  journalCounts,
  journalEnd,
  journalFailure,
  journalToReceipts,
  makeBundle,
  parseJournalLine,
  parseLacking,
  parseStart,
  runnerScript,
  startArgv,
} from '../../../src/bundle/index.js';
import { type JournalLine, sha256Hex, type VerifyCheck } from '../../../src/model/index.js';
import { compileResource, type Resource } from '../../../src/resources/index.js';

const motd: Resource = {
  ...{ type: 'file', id: 'file:/etc/motd', file: '/etc/motd', content: "it's\n", notify: [] },
  ...{ follow: false, absent: false },
};
const web: Resource = {
  ...{ type: 'service', id: 'service:web', service: 'web', notify: [] },
  ...{ running: true, enabled: true, settleMs: 2000 },
};
const tcp: VerifyCheck = { type: 'tcp', id: 'tcp:80', from: 'inside', port: 80, withinMs: 1000 };
const steps = [motd, web].map(compileResource);

test('the id of a bundle is golden: it may not change with a newer Millwright', () => {
  expect(makeBundle({ steps, verify: [tcp], slots: [] }).id).toBe(
    '65fcf1987a95c26335a80d5a56fca4aacb57e55fe495f8c2bdb1458c4744310f',
  );
});

test('the id of a bundle covers order, verification and slots, and not the order of slots', () => {
  const a = { name: 'a', kind: 'address', machine: 'db-1' } as const;
  const b = { name: 'b', kind: 'secret', secret: { env: 'B' } } as const;
  const id = (input: Partial<Parameters<typeof makeBundle>[0]>): string =>
    makeBundle({ steps, verify: [], slots: [], ...input }).id;
  expect(id({ slots: [a, b] })).toBe(id({ slots: [b, a] }));
  expect(
    new Set([id({}), id({ slots: [a] }), id({ verify: [tcp] }), id({ steps: [...steps].reverse() })]).size,
  ).toBe(4);
});

test('a bundle is the same bytes each time, and real tar reads it', async () => {
  const bundle = makeBundle({ steps, verify: [tcp], slots: [] });
  const bytes = bundleTar(bundle);
  expect(sha256Hex(bundleTar(makeBundle({ steps, verify: [tcp], slots: [] })))).toBe(sha256Hex(bytes));
  const home = await mkdtemp(join(tmpdir(), 'mw-tar-'));
  try {
    await writeFile(join(home, 'b.tar'), bytes);
    for (const tar of [['tar'], ['busybox', 'tar']]) {
      const [program = '', ...args] = tar;
      const { stdout } = await execa(program, [...args, '-tf', 'b.tar'], { cwd: home });
      expect(stdout.split('\n')).toEqual([
        `files/${sha256Hex("it's\n")}`,
        ...['plan.json', 'steps/000.sh', 'steps/001.sh', 'steps/002.sh', 'verify/001.sh'],
      ]);
    }
    const { stdout } = await execa('tar', ['-tvf', 'b.tar', '--numeric-owner', '--utc'], { cwd: home });
    expect(stdout.split('\n')[1]).toMatch(/^-rw------- 0\/0 +\d+ 1970-01-01 00:00 plan\.json$/);
    await execa('tar', ['-xf', 'b.tar'], { cwd: home });
    expect(await readFile(join(home, 'files', sha256Hex("it's\n")), 'utf8')).toBe("it's\n");
  } finally {
    await rm(home, { recursive: true });
  }
});

test('the runner is one file that both shells can read', async () => {
  const { bytes, digest } = runnerScript();
  expect(digest).toBe(sha256Hex(bytes));
  await execa('dash', ['-n'], { input: bytes });
  await execa('busybox', ['ash', '-n'], { input: bytes });
});

test('the frame of slots holds any bytes but NUL, and nothing when there are none', () => {
  expect(encodeSlots([])).toHaveLength(0);
  const frame = encodeSlots([
    { name: 'secrets.pw', secret: true, fingerprint: 'hmac-sha256:00', value: 'a\nb' },
    { name: 'empty', secret: false, fingerprint: 'plain', value: '' },
  ]);
  expect(Buffer.from(frame).toString()).toBe(
    'millwright-slots 1\nslot secrets.pw secret hmac-sha256:00 YQpi\nslot empty plain plain -\nend\n',
  );
  expect(() => encodeSlots([{ name: 'x', secret: true, fingerprint: 'f', value: 'a\0' }])).toThrow(/NUL/);
  expect(() => encodeSlots([{ name: 'x y', secret: true, fingerprint: 'f', value: '' }])).toThrow(
    /not plain/,
  );
});

test('a runner that was cut off answers nothing, which means that it is lacking', () => {
  expect(parseStart('')).toEqual({ start: 'lacking', what: 'runner' });
  expect(() => parseStart('{"v":1,"start":"perhaps"}')).toThrow();
  expect(parseLacking('runner\nbundle\n')).toEqual(['runner', 'bundle']);
});

const line = (seq: number, more: Partial<JournalLine>): JournalLine => ({
  ...{ v: 1, run: 'r', seq, bootId: 'b', uptime: 1, state: 'ok' },
  ...more,
});

test('a journal line that is still being written is none, and output is decoded', () => {
  const whole = JSON.stringify(line(1, { step: 'x', state: 'failed', output: 'YQpi' }));
  expect(parseJournalLine(whole)?.output).toBe('a\nb');
  expect(parseJournalLine(whole.slice(0, -3))).toBeNull();
  expect(parseJournalLine('{"v":2}')).toBeNull();
});

test('receipts are the last word on each step; what changed before a death did change', () => {
  const journal = [
    line(1, { state: 'run-started' }),
    line(2, { step: 'a', state: 'changed', hash: 'h', durationMs: 5 }),
    line(3, { step: 'b', state: 'started' }),
    line(4, { state: 'run-started' }),
    line(5, { step: 'a', state: 'ok', hash: 'h' }),
    line(6, {
      step: 'b',
      state: 'failed',
      reason: 'exited 1',
      exit: 1,
      code: 'MW-CHANGE-COMMAND',
      output: 'x\ny\n',
    }),
    line(7, { state: 'run-ended', reason: 'failed' }),
  ];
  expect(journalToReceipts(journal)).toEqual([
    { step: 'a', hash: 'h', state: 'changed', durationMs: 5 },
    { step: 'b', hash: '', state: 'failed', reason: 'exited 1', durationMs: 0 },
  ]);
  expect(journalCounts(journal, ['a', 'b', 'c'])).toEqual({
    ...{ ok: 0, changed: 1, failed: 1, skipped: 0, interrupted: 0, notReached: 1 },
  });
  expect(journalEnd(journal)).toBe('failed');
  expect(journalFailure(journal)).toEqual({
    ...{ code: 'MW-CHANGE-COMMAND', cause: 'change', message: 'exited 1', step: 'b', detail: ['x', 'y'] },
  });
});

test('a paid debt counts as a change of its service', () => {
  const journal = [
    line(1, { step: 'service:web', state: 'ok' }),
    line(2, { step: 'service:web', state: 'paid', debt: 'reload service:web' }),
    line(3, { state: 'run-ended', reason: 'ok' }),
  ];
  expect(journalCounts(journal, ['service:web'])).toMatchObject({ ok: 0, changed: 1 });
  expect(journalFailure(journal)).toBeUndefined();
});

test('what a rollback took back has a receipt, also where the verified bundle found nothing left to do', () => {
  const journal = [
    line(1, { state: 'run-started' }),
    line(2, { step: 'added', state: 'started' }),
    line(3, { step: 'added', state: 'undone', reason: 'removed', hash: 'h', durationMs: 3 }),
    line(4, { step: 'motd', state: 'undone', reason: 'the old one is back' }),
    line(5, { step: 'motd', state: 'ok' }),
    line(6, { step: 'web', state: 'undone' }),
    line(7, { step: 'web', state: 'changed' }),
    line(8, { step: 'left', state: 'undone' }),
    line(9, { step: 'late', state: 'failed', code: 'MW-ROLLBACK-UNDO', reason: 'cannot be removed' }),
    line(10, { state: 'run-ended', reason: 'failed' }),
  ];
  expect(journalToReceipts(journal).map(({ step, state }) => `${state} ${step}`)).toEqual([
    ...['undone added', 'undone motd', 'changed web', 'undone left', 'failed late'],
  ]);
  expect(journalCounts(journal, ['motd', 'web', 'left'])).toEqual({
    ...{ ok: 0, changed: 4, failed: 1, skipped: 0, interrupted: 0, notReached: 1 },
  });
  expect(journalFailure(journal)).toEqual({
    ...{ code: 'MW-ROLLBACK-UNDO', cause: 'change', message: 'cannot be removed', step: 'late' },
  });
});

test('a rollback names whose runs it takes back, and with which bytes', () => {
  const argv = startArgv({
    ...{ runner: 'a', run: 'c/m/rollback/1', bundle: 'b', bytes: 'd', purpose: 'rollback', expect: null },
    ...{ instance: 'i', undo: { change: 'c', bytes: 'e' } },
  });
  expect(argv.slice(4).join(' ')).toBe(
    '/var/lib/millwright/runner/a.sh start --expect none --run c/m/rollback/1 --bundle b --bytes d --purpose rollback --instance i --undo c --undo-bytes e',
  );
});
