import { existsSync, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { slotToken } from '../../../src/model/index.js';
import type { Resource } from '../../../src/resources/index.js';
import { type Box, openBox } from '../runner/box.js';
import { command, file, link } from '../runner/resources.js';
import { ending, makeTarget, type RunResult, type Target } from '../runner/target.js';

const pieces = [
  ...[
    "'",
    '"',
    '`: >/srv/canary`',
    '$(: >/srv/canary)',
    "'; : >/srv/canary; '",
    '\\',
    '\\n',
    ';',
    '&',
    '|',
    '#',
  ],
  ...[
    '-rf',
    '--',
    '-',
    ' ',
    '  ',
    '*',
    '?',
    '[a]',
    '{new}',
    '%s',
    '~',
    '$HOME',
    '${x}',
    'é',
    '日本',
    '\u{1f600}',
    '=',
  ],
];
const breaks = ['\n', '\r\n', '\t', '\u007f'];
const of = (parts: readonly string[], most: number) =>
  fc
    .array(fc.oneof(fc.constantFrom(...parts), fc.string({ unit: 'grapheme', maxLength: 5 })), {
      maxLength: most,
    })
    .map((words) => words.join('').replaceAll(/[\0\u0001\u0002]/g, ''));

const text = of([...pieces, ...breaks], 30);
const line = of(pieces, 12).map((words) => words.replaceAll(/[\n\r]/g, '') || 'x');
/** One part of a path. Control characters are refused in those. */
const name = of(pieces, 6).map((words) =>
  Buffer.from(`n${words.replaceAll(/[/\u0000-\u001f\u007f]/g, '')}`)
    .subarray(0, 200)
    .toString()
    .replaceAll('\ufffd', ''),
);
const hostile = fc.record({
  dir: name,
  base: name,
  to: name,
  text,
  secret: text,
  line,
  value: line,
  first: line,
});
type Hostile = typeof hostile extends fc.Arbitrary<infer T> ? T : never;

const edited = { notify: [], follow: false, create: true, absent: false, insert: 'end' } as const;
const ini = { notify: [], follow: false, create: true, absent: false, separator: ' = ' } as const;
const slot = { name: 'secrets.pw', kind: 'secret', secret: { env: 'PW' } } as const;

/** Everything below one directory, under hostile names and with hostile contents. */
function resourcesIn(dir: string, one: Hostile): Resource[] {
  const at = (part: string): string => `${dir}/${part}${one.base}`;
  return [
    {
      ...{ type: 'directory', id: 'directory', directory: dir, notify: [], absent: false },
      ...{ purge: false, recursive: false, mode: '0755' },
      tree: [{ path: `t ${one.base}/${one.to}`, executable: true, bytes: Buffer.from(`\0${one.text}`) }],
    },
    file(at('f'), { content: one.text, mode: '0640' }),
    file(at('b'), { content: Buffer.from(`\0\u0001mw-slot:x\u0002${one.text}`) }),
    file(at('s'), { content: `${slotToken(slot.name)}${one.text}`, validate: 'cat {new} >/dev/null' }),
    link(at('l'), { to: one.to }),
    { type: 'line', id: 'first', line: at('e'), text: one.first, ...edited },
    { type: 'line', id: 'line', line: at('e'), text: one.line, ...edited },
    {
      ...{
        type: 'block',
        id: 'block',
        block: at('k'),
        name: one.line,
        content: `${one.text}${slotToken(slot.name)}`,
      },
      ...{ comment: '#', commentEnd: '', ...edited },
    },
    { type: 'ini', id: 'ini', ini: at('i'), section: '', key: 'key', value: one.value, ...ini },
    command('env', 'printf %s "$V" >"$P"; cat >"$Q"', {
      env: { V: `${one.text}${slotToken(slot.name)}`, P: at('v'), Q: at('q') },
      ...{ always: true, stdin: one.text },
    }),
  ];
}

const ended = (content: string): string =>
  content === '' || content.endsWith('\n') ? content : `${content}\n`;

describe.each(['busybox', 'debian'] as const)('hostile names and contents on %s', (kind) => {
  let box: Box;
  let target: Target;
  let runs = 0;
  beforeAll(async () => {
    box = await openBox(kind);
    target = await makeTarget(box);
    await box.sh('mkdir -p /srv/h');
  });
  afterAll(() => box?.close());
  const onTarget = (path: string): string =>
    join(kind === 'busybox' ? box.root : join(box.root, '../store/upper'), path);
  const read = (path: string): string => readFileSync(onTarget(path), 'utf8');
  const apply = async (resources: readonly Resource[], secret = 's'): Promise<RunResult> => {
    const packed = await target.load(resources, [], [slot]);
    const given = [{ name: slot.name, secret: true, fingerprint: 'fp', value: secret }];
    return target.run(packed, `h${++runs}/m/apply/1`, {}, given);
  };
  const failures = ({ journal }: RunResult): unknown[] => journal.filter(({ state }) => state === 'failed');

  test('arrive byte for byte, are found as wanted again, and run nothing', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (one) => {
        const dir = `/srv/h/${runs} ${one.dir}`;
        const resources = resourcesIn(dir, one);
        const first = await apply(resources, one.secret);
        expect(failures(first)).toEqual([]);
        expect(ending(first)).toBe('ok');
        const at = (part: string): string => `${dir}/${part}${one.base}`;
        expect(read(at('f'))).toBe(one.text);
        expect(lstatSync(onTarget(at('f'))).mode & 0o777).toBe(0o640);
        expect(read(at('b'))).toBe(`\0\u0001mw-slot:x\u0002${one.text}`);
        expect(read(at('s'))).toBe(`${one.secret}${one.text}`);
        expect(readlinkSync(onTarget(at('l')))).toBe(one.to);
        expect(read(`${dir}/t ${one.base}/${one.to}`)).toBe(`\0${one.text}`);
        expect(read(at('e'))).toBe(one.first === one.line ? `${one.line}\n` : `${one.first}\n${one.line}\n`);
        const [begin, end] = ['begin', 'end'].map((where) => `# millwright: ${where} ${one.line}\n`);
        const inside = ended(`${one.text}${one.secret}`);
        expect(read(at('k'))).toBe(`${begin}${inside}${end}`);
        expect(read(at('i'))).toBe(`key = ${one.value}\n`);
        expect(read(at('v'))).toBe(`${one.text}${one.secret}`);
        expect(read(at('q'))).toBe(one.text);
        const again = await apply(resources.slice(0, -1), one.secret);
        expect([...new Set(again.journal.flatMap(({ step, state }) => (step ? [state] : [])))]).toEqual([
          'ok',
        ]);
        expect(existsSync(onTarget('/srv/canary'))).toBe(false);
      }),
      { numRuns: 10, seed: 20_260 },
    );
  });

  test('a megabyte of them arrives as it is, in a file and in a block', async () => {
    const unit = `${pieces.join('')}${breaks.join('')}`;
    const big = unit.repeat(Math.ceil((1 << 20) / Buffer.byteLength(unit)));
    await box.sh('printf "top\\n" >/srv/h/big-block');
    const done = await apply([
      file('/srv/h/big', { content: big }),
      {
        ...{ type: 'block', id: 'block', block: '/srv/h/big-block', name: '', content: big },
        ...{ comment: '#', commentEnd: '', ...edited },
      },
    ]);
    expect(failures(done)).toEqual([]);
    expect(read('/srv/h/big') === big).toBe(true);
    expect(read('/srv/h/big-block') === `top\n# millwright: begin\n${ended(big)}# millwright: end\n`).toBe(
      true,
    );
  });
});
