import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { journalFailure } from '../../../src/bundle/index.js';
import { sha256Hex, slotToken } from '../../../src/model/index.js';
import { type Box, openBox } from './box.js';
import { command, file, reload } from './resources.js';
import { ending, makeTarget, story, type Target } from './target.js';

const nasty = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc
      .array(
        fc.constantFrom(
          "'",
          '"',
          '`',
          '$(id)',
          '\\',
          '\n',
          '\r\n',
          '\t',
          '-n',
          '--',
          '{new}',
          '%s',
          'é',
          '日本',
          '\u0001',
          '*',
          '~',
        ),
      )
      .map((parts) => parts.join('')),
  )
  .map((text) => text.replaceAll('\0', ''));

describe.each(['busybox', 'debian'] as const)('files and commands on %s', (kind) => {
  let box: Box;
  let target: Target;
  let runs = 0;
  beforeAll(async () => {
    box = await openBox(kind);
    target = await makeTarget(box);
    await box.sh('mkdir -p /srv/t');
  });
  afterAll(() => box.close());
  const next = (purpose = 'apply'): string => `w/m/${purpose}/${++runs}`;
  const bytesAt = (path: string): Promise<string> => box.sh(`sha256sum <'${path}' | cut -c1-64`);

  test('content of any kind arrives byte for byte, from a file, a slot, a variable and standard input', async () => {
    const slot = { name: 'secrets.any-thing_1', kind: 'secret', secret: { env: 'X' } } as const;
    await fc.assert(
      fc.asyncProperty(nasty, nasty, async (text, value) => {
        const packed = await target.load(
          [
            file('/srv/t/plain', { content: text }),
            file('/srv/t/slot', { content: `${text}${slotToken(slot.name)}${text}` }),
            command('all', 'printf %s "$A" >a; printf %s "$B" >b; cat >c', {
              ...{ always: true, dir: '/srv/t', stdin: `${slotToken(slot.name)}\n${text}` },
              env: { A: text, B: `${text}${slotToken(slot.name)}` },
            }),
          ],
          [],
          [slot],
        );
        const given = [{ name: slot.name, secret: true, fingerprint: 'fp', value }];
        const done = await target.run(packed, next(), {}, given);
        expect(ending(done)).toBe('ok');
        const sums = await box.sh('cd /srv/t && sha256sum plain slot a b c | cut -c1-64');
        expect(sums.trim().split('\n')).toEqual(
          [text, text + value + text, text, text + value, `${value}\n${text}`].map((part) => sha256Hex(part)),
        );
        const again = await target.run(
          packed,
          next(),
          { only: ['file:/srv/t/plain', 'file:/srv/t/slot'] },
          given,
        );
        expect(story(again)).toEqual(['ok file:/srv/t/plain', 'ok file:/srv/t/slot']);
      }),
      { numRuns: 12 },
    );
  });

  test('paths with quotes, blanks, dashes and foreign letters are plain names', async () => {
    for (const name of ["it's", '$(touch pwned)', '-rf', 'a  b', 'ä日', '"', '`id`', 'x\\y', '*']) {
      const done = await target.run(await target.load([file(`/srv/t/${name}`, { content: name })]), next());
      expect(ending(done)).toBe('ok');
      const { stdout } = await box.exec(['cat', '--', `/srv/t/${name}`]);
      expect(stdout).toBe(name);
    }
    expect(await box.sh('ls -d /srv/t/pwned pwned 2>/dev/null || echo none')).toBe('none\n');
  });

  test('a megabyte arrives whole', async () => {
    const content = Array.from({ length: 1 << 16 }, (_, line) => `line ${line} 'x'\r\n`).join('');
    await target.run(await target.load([file('/srv/t/large', { content })]), next());
    expect((await bytesAt('/srv/t/large')).trim()).toBe(sha256Hex(content));
  });

  test('mode and owner that nobody declares stay; declared ones are set', async () => {
    await box.sh('echo old >/srv/t/own; chmod 604 /srv/t/own; chown 12:34 /srv/t/own');
    await target.run(await target.load([file('/srv/t/own', { content: 'new' })]), next());
    expect((await box.sh('stat -c "%a %u %g" /srv/t/own')).trim()).toBe('604 12 34');
    const declared = file('/srv/t/own', { content: 'new', mode: '4750', owner: 'root:0' });
    const done = await target.run(await target.load([declared]), next());
    expect(done.journal.find((line) => line.state === 'started')?.reason).toMatch(
      /^mode is 604, wanted 4750, owner is \w+, wanted root, group is \w+, wanted 0$/,
    );
    expect((await box.sh('stat -c "%a %u %g" /srv/t/own')).trim()).toBe('4750 0 0');
  });

  test('a symbolic link is refused, unless follow says otherwise', async () => {
    await box.sh('echo real >/srv/t/real; ln -sf /srv/t/real /srv/t/sym');
    const refused = await target.run(await target.load([file('/srv/t/sym', { content: 'x' })]), next());
    expect(journalFailure(refused.journal)).toMatchObject({ code: 'MW-CHANGE-SYMLINK', cause: 'change' });
    const followed = file('/srv/t/sym', { content: 'x', follow: true });
    expect(ending(await target.run(await target.load([followed]), next()))).toBe('ok');
    expect(await box.sh('cat /srv/t/real; readlink /srv/t/sym')).toBe('x/srv/t/real\n');
  });

  test('validate with {new} tries the new file before it goes live', async () => {
    await box.sh('mkdir -p "/srv/t/o\'dd"; echo old >"/srv/t/o\'dd/conf"');
    const path = "/srv/t/o'dd/conf";
    const bad = file(path, { content: 'bad\n', validate: 'grep good {new}', notify: [reload('web')] });
    const failed = await target.run(await target.load([bad]), next());
    expect(journalFailure(failed.journal)).toMatchObject({ code: 'MW-CHANGE-VALIDATE' });
    expect(await box.sh(`cat "${path}"; ls -A "/srv/t/o'dd"`)).toBe('old\nconf\n');
    const good = file(path, { content: 'good\n', validate: 'grep good {new}' });
    expect(ending(await target.run(await target.load([good]), next()))).toBe('ok');
  });

  test('validate without it tries the new file in place, and puts the old one back', async () => {
    await box.sh('echo old >/srv/t/live; chmod 640 /srv/t/live; rm -f /srv/t/none');
    const failing = (path: string) =>
      file(path, { content: 'bad\n', validate: `cat ${path}; echo "line 5" >&2; exit 4` });
    const failed = await target.run(await target.load([failing('/srv/t/live')]), next());
    expect(journalFailure(failed.journal)).toMatchObject({
      code: 'MW-CHANGE-VALIDATE',
      detail: ['bad', 'line 5'],
    });
    expect(failed.journal.find((line) => line.state === 'failed')?.exit).toBe(4);
    expect(await box.sh('cat /srv/t/live; stat -c %a /srv/t/live')).toBe('old\n640\n');
    await target.run(await target.load([failing('/srv/t/none')]), next());
    expect(await box.sh('ls -A /srv/t | grep -E "none|millwright" || echo clean')).toBe('clean\n');
  });

  test('secrets never show in output', async () => {
    const slot = { name: 'pw', kind: 'secret', secret: { env: 'X' } } as const;
    const steps = [
      command('leak', 'echo "pw is $PW"; exit 1', { always: true, env: { PW: slotToken('pw') } }),
    ];
    const given = [{ name: 'pw', secret: true, fingerprint: 'fp', value: 'hunter2' }];
    const failed = await target.run(await target.load(steps, [], [slot]), next(), {}, given);
    expect(journalFailure(failed.journal)?.detail).toEqual(['pw is ***']);
    expect(await box.sh('grep -rl hunter2 /run/millwright /var/lib/millwright || echo nowhere')).toBe(
      'nowhere\n',
    );
  });

  test('a check changes nothing on disk, and says what differs with a diff', async () => {
    await box.sh('printf "a\\nb\\n" >/srv/t/seen');
    const packed = await target.load([
      file('/srv/t/seen', { content: 'a\nc\n' }),
      file('/srv/t/unseen', { content: 'x' }),
      command('guarded', 'touch /srv/t/touched', { unless: 'test -e /srv/t/touched' }),
      command('always', 'touch /srv/t/touched', { always: true }),
    ]);
    const state = 'cd / && find . -xdev ! -path "./proc*" ! -path "./run*" ! -path "./tmp*" -newer /srv/mark';
    await box.sh('touch /srv/mark; sleep 0.05');
    const look = await target.run(packed, next('check'), { purpose: 'check' });
    expect(story(look)).toEqual([
      ...['differs file:/srv/t/seen', 'differs file:/srv/t/unseen', 'differs command:guarded'],
      'skipped command:always',
    ]);
    expect(look.journal.find((line) => line.step === 'file:/srv/t/seen')?.diff).toBe(
      '--- /srv/t/seen\n+++ /srv/t/seen\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n',
    );
    if (kind === 'busybox') expect(await box.sh(state)).toBe('');
    expect(await box.sh('ls /srv/t/touched 2>/dev/null || echo none')).toBe('none\n');
  });

  test('checks from inside are tried until they hold or their time is up', async () => {
    const common = { from: 'inside', withinMs: 10_000 };
    await box.sh(
      '(sleep 1; mkdir -p /srv/www; echo ok >/srv/www/index.html; touch /srv/late) >/dev/null 2>&1 &',
    );
    const packed = await target.load(
      [],
      [
        { ...common, id: 'command:late', type: 'command', run: 'test -e /srv/late', env: {} },
        { ...common, id: 'command:never', type: 'command', run: 'echo no; false', env: {}, withinMs: 100 },
        { ...common, id: 'tcp:1', type: 'tcp', port: 1, withinMs: 100 },
        { ...common, id: 'http:/', type: 'http', port: 1, path: '/', status: 200, withinMs: 100 },
        { ...common, from: 'outside', id: 'tcp:22', type: 'tcp', port: 22 },
      ],
    );
    const done = await target.run(packed, next('verify'), { purpose: 'verify' });
    expect(story(done)).toEqual(['ok command:late', 'failed command:never', 'failed tcp:1', 'failed http:/']);
    expect(done.journal.filter((line) => line.state === 'failed').map((line) => line.code)).toEqual(
      Array(3).fill('MW-VERIFY-FAILED'),
    );
  });
});
