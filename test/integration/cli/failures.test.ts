import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { searchAttributes } from '../../../src/model/index.js';
import { openRecord } from '../../../src/record/index.js';
import { temporalBinary } from '../../support/temporal.js';
import { aChange, anEntry } from '../record/entries.js';
import { binary, Desk, type Result } from './support.js';

const shop = new URL('../../../examples/shop', import.meta.url).pathname;

let desk: Desk;
let fleet: string;
beforeAll(async () => {
  desk = await Desk.open();
  fleet = join(desk.dir, 'shop');
  cpSync(shop, fleet, { recursive: true });
  expect((await mw('doctor', '--migrate')).code).toBe(0);
});
afterAll(() => desk.close());

const mw = (...args: string[]): Promise<Result> => desk.run(args, { cwd: fleet });

/** Changes the manifest for what `use` does. */
async function edited<T>(
  changes: readonly (readonly [from: RegExp, to: string])[],
  use: () => Promise<T>,
): Promise<T> {
  const file = join(fleet, 'fleet.yaml');
  const written = readFileSync(file, 'utf8');
  const changed = changes.reduce((text, [from, to]) => {
    expect(text).toMatch(from);
    return text.replace(from, to);
  }, written);
  writeFileSync(file, changed);
  try {
    return await use();
  } finally {
    writeFileSync(file, written);
  }
}

describe('two mistakes in the files', () => {
  const twoMistakes = [
    [/mode: "0640"/, 'mode: 0640'],
    [/(validate: nginx -t\n +notify: reload) nginx/, '$1 ngnix'],
  ] as const;
  const told = [
    'fleet.yaml:38:15  configs.db.resources[2].mode',
    '    0640 is the number 640: YAML 1.2 has no octal with a leading zero. Write "0640".',
    'fleet.yaml:75:17  configs.web.resources[2].notify',
    '    "reload ngnix" names no resource of config web or of base, which it includes.',
    '    Did you mean "reload nginx" (service:nginx, fleet.yaml:76)?',
    '2 errors in 2 files. Nothing was looked at, nothing changed.',
    '',
  ].join('\n');

  it.each([['validate'], ['plan'], ['render web-1']])(
    'are told together by %s, which ends with 2',
    async (words) => {
      const { code, stdout, stderr } = await edited(twoMistakes, () => mw(...words.split(' ')));
      expect([code, stdout, stderr]).toEqual([2, '', told]);
    },
  );
});

describe('explain CODE', () => {
  it('prints the page without the marks of Markdown', async () => {
    const { code, stdout } = await mw('explain', 'MW-SSH-HOSTKEY');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^MW-SSH-HOSTKEY: another machine answers than the one we made\n\nWhat happened\n/,
    );
    expect(stdout).toContain('\nmachine: a second machine holds the address');
    expect(stdout).toContain('\n    millwright console web-1\n');
    expect(stdout).not.toMatch(/\*\*|\]\(|^#/m);
  });

  it('gives the page as it is written, as a document', async () => {
    const { stdout } = await mw('explain', 'MW-SSH-HOSTKEY', '-o', 'json');
    expect(JSON.parse(stdout)).toEqual({
      schema: 'millwright/explain/v1',
      what: 'MW-SSH-HOSTKEY',
      text: readFileSync(new URL('../../../docs/failures/MW-SSH-HOSTKEY.md', import.meta.url), 'utf8'),
    });
  });

  it('offers the nearest code, and ends with 2', async () => {
    expect(await mw('explain', 'MW-SSH-HOSTKY')).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'MW-EXPLAIN-UNKNOWN  MW-SSH-HOSTKY is not described. Did you mean "MW-SSH-HOSTKEY"?\ndocs/failures/README.md lists every code.\n',
    });
  });
});

describe('with a Temporal server and no worker', () => {
  let server: ChildProcess;

  beforeAll(async () => {
    const attributes = searchAttributes.flatMap((name) => ['--search-attribute', `${name}=Keyword`]);
    const args = ['server', 'start-dev', '--headless', '--port', String(desk.port), ...attributes];
    server = spawn(temporalBinary(), args, { stdio: 'ignore' });
    await answers();
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGKILL');
    await ended;
  });

  const answers = async (): Promise<void> => {
    for (;;) {
      const address = `127.0.0.1:${desk.port}`;
      const connection = await Connection.connect({ address, connectTimeout: 1000 }).catch(() => undefined);
      if (connection) return connection.close();
      if (server.exitCode !== null) throw new Error(`the Temporal server ended with ${server.exitCode}`);
    }
  };

  it('a plan that has become stale is refused with 2, and the new one is named', async () => {
    const planned = await mw('plan', '--no-look');
    const id = /^Plan ([0-9a-f]{8}) /m.exec(planned.stdout)?.[1] ?? expect.fail(planned.stdout);
    const change = [[/size: 8GiB/, 'size: 9GiB']] as const;
    const { code, stdout, stderr } = await edited(change, () => mw('up', '--plan', id));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(
      new RegExp(
        `^MW-PLAN-STALE {2}Plan ${id} is stale: the files or the machines have changed since\\. What would be done now is plan [0-9a-f]{8}\\.\nLook at it again: millwright plan -e dev\n$`,
      ),
    );
  });

  it.each([
    [['up', '--plan', 'x'], 2, 'MW-PLAN-ID  --plan x is no number of a plan.'],
    [['up', '--plan', 'abcdef'], 7, 'MW-STORE-MISSING  abcdef is not in the store'],
    [['retry', '99'], 2, 'MW-RUN-NOTFOUND  '],
    [['power', 'on', 'web-9'], 2, 'MW-TARGET-UNKNOWN  web-9 names no machine.'],
    [['up', '-e', 'prod'], 9, 'MW-REFUSED-COMMIT  prod takes only what is committed'],
    [['doctor', '--sweep'], 7, 'MW-WORKER-NONE  Nobody works for control'],
  ])('%j ends with %i and says %j', async (args, exit, message) => {
    const { code, stdout, stderr } = await mw(...args);
    expect([code, stdout]).toEqual([exit, '']);
    expect(stderr).toContain(message);
  });

  describe('and a protected machine with a kept disk', () => {
    beforeAll(async () => {
      const record = openRecord(`sqlite://${join(desk.state, 'record.db')}`);
      const ref = { fleet: 'shop', fleetUid: '01JZB2V5Q8K4T7W9X3C6D1E0FA', environment: 'dev' };
      const id = '01K0000001AAAAAAAAAAAAAAAA';
      await record.beginChange(aChange(id, ref));
      const entry = anEntry(id, { ref: { ...ref, machine: 'db-1' }, group: 'db' });
      const outcome = { ...entry.outcome, machine: 'db-1' };
      const instance = entry.instance && { ...entry.instance, protect: true, keptDisks: ['data'] };
      await record.putMachine({ ...entry, outcome, instance });
      await record.endChange(id, 'succeeded');
      await record.close();
    });

    it.each([
      [
        ['destroy', '--yes'],
        'MW-PROTECT  db-1 is protected. Nothing was destroyed.\nTo lift it, set protect: false and run millwright up first.\n',
      ],
      [
        ['snapshot', 'create', 'db-1'],
        'MW-REFUSED-SNAPSHOT  db-1 keeps disks (db-1:data) that no snapshot contains: put back, the machine would disagree with its own data. Nothing was done.\nBack up what is on the disk by its own means, such as pg_dump.\n',
      ],
    ])('%j is refused with 9', async (args, stderr) => {
      expect(await mw(...args)).toEqual({ code: 9, stdout: '', stderr });
    });
  });

  describe('a run that nobody takes', () => {
    it('goes on after SIGINT, which ends the command with 130 and says how to come back', async () => {
      const { code, stdout, stderr } = await interrupted('up');
      expect([code, stdout]).toEqual([130, '']);
      expect(stderr).toContain('Nobody works for ');
      expect(stderr).toMatch(
        /\nRun [0-9A-Z]{26} goes on\. Come back: millwright status [0-9A-Z]{26} -w {3}End it: millwright stop [0-9A-Z]{26}\n$/,
      );
    });

    it('is attached to by the same plan, and keeps another one off with 9', async () => {
      const same = await mw('up', '--timeout', '1s');
      expect(same.code).toBe(3);
      expect(same.stderr).toContain('The same plan runs already: attached to it.');
      const change = [[/size: 8GiB/, 'size: 9GiB']] as const;
      const other = await edited(change, () => mw('up'));
      expect([other.code, other.stdout]).toEqual([9, '']);
      expect(other.stderr).toMatch(/^MW-BUSY {2}shop\/dev is busy: \S+ runs up with plan [0-9a-f]{8} /m);
      expect(other.stderr).toContain('millwright up --supersede -e dev');
    });

    it('takes no answer as long as no worker is there: 7, as it may still take it', async () => {
      const { code, stdout, stderr } = await mw('stop');
      expect([code, stdout]).toEqual([7, '']);
      expect(stderr).toContain('MW-ENGINE-SILENT  Nobody took the stop within 10 s');
    });
  });

  /** Interrupts the command, once, when it says that nobody answers: the run is started by then. */
  function interrupted(...args: string[]): Promise<Result> {
    const child = spawn(process.execPath, [binary, ...args], { cwd: fleet, env: desk.env() });
    const texts = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      texts.stdout += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      const before = texts.stderr;
      texts.stderr += chunk;
      if (/answer/.test(texts.stderr) && !/answer/.test(before)) child.kill('SIGINT');
    });
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...texts })));
  }
});
