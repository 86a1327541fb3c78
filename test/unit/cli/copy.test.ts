import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entryName, parseOrder, parsePlace } from '../../../src/cli/copy/place.js';

describe('a place to copy from or to', () => {
  it.each([
    ['web-1:/etc/motd', { machine: 'web-1', path: '/etc/motd' }],
    ['web-1:notes', { machine: 'web-1', path: 'notes' }],
    ['web-1:', { machine: 'web-1', path: '.' }],
    ['./web-1:notes', { path: './web-1:notes' }],
    ['/tmp/a:b', { path: '/tmp/a:b' }],
    ['notes.txt', { path: 'notes.txt' }],
  ])('is read from %s', (text, place) => {
    expect(parsePlace(text)).toEqual(place);
  });

  it.each([
    [['web-1:/a'], 'A copy needs a source and a destination.'],
    [['a', 'b'], 'None of these is on a machine.'],
    [['', 'web-1:/a'], 'An empty name is no place to copy from or to.'],
  ])('is missing in %j: %s', (words, message) => {
    expect(() => parseOrder(words)).toThrow(message);
  });

  it.each([
    ['/etc/motd', 'motd'],
    ['site/', 'site'],
    ['.', undefined],
    ['a/..', undefined],
  ])('%s names the entry %s', (path, name) => {
    expect(entryName({ path })).toBe(name);
  });
});

const script = (name: string) => new URL(`../../../src/cli/copy/${name}`, import.meta.url).pathname;
/** The shell and tools of this host, and those of a machine that has only busybox. */
const shells = { here: ['sh'], busybox: ['busybox', 'sh'] };

describe.each(Object.entries(shells))('copying with the tools of %s', (kind, shell) => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'mw-copy-'));
    mkdirSync(join(dir, 'from/tree/deep'), { recursive: true });
    mkdirSync(join(dir, 'to'));
    mkdirSync(join(dir, 'bin'));
    writeFileSync(join(dir, 'from/note'), 'hello\n');
    writeFileSync(join(dir, 'from/.hidden'), 'hidden\n');
    writeFileSync(join(dir, 'from/tree/deep/leaf'), 'leaf\n');
    symlinkSync('tree', join(dir, 'from/linked'));
    const busybox = execFileSync('sh', ['-c', 'command -v busybox']).toString().trim();
    if (kind === 'busybox')
      for (const tool of ['busybox', 'tar', 'mktemp', 'mv', 'rm'])
        symlinkSync(busybox, join(dir, 'bin', tool));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const env = () => (kind === 'busybox' ? { PATH: join(dir, 'bin') } : process.env);
  const [program = '', ...words] = shell;
  const command = () => (kind === 'busybox' ? join(dir, 'bin', program) : program);
  const pack = (path: string, recursive: 'yes' | 'no') =>
    spawnSync(command(), [...words, script('pack.sh'), path, recursive], { cwd: dir, env: env() });
  const unpack = (tar: Buffer, ...args: string[]) =>
    spawnSync(command(), [...words, script('unpack.sh'), ...args], { cwd: dir, env: env(), input: tar });
  function copy(from: string, to: string, ...name: string[]): string {
    const { stdout, stderr, status } = pack(from, 'yes');
    expect([status, stderr.toString()]).toEqual([0, '']);
    const result = unpack(stdout, to, 'no', ...name);
    return result.status === 0 ? '' : result.stderr.toString();
  }
  const text = (path: string) => readFileSync(join(dir, path), 'utf8');

  it('puts a file into a directory, or gives it the name', () => {
    expect([copy('from/note', 'to', 'note'), copy('from/note', 'to/other', 'note')]).toEqual(['', '']);
    expect([text('to/note'), text('to/other')]).toEqual(['hello\n', 'hello\n']);
    expect(copy('from/.hidden', 'to/note', '.hidden')).toBe('');
    expect(readdirSync(join(dir, 'to')).sort()).toEqual(['note', 'other']);
    expect(text('to/note')).toBe('hidden\n');
  });

  it('puts a directory into one that is there, or makes it under the name', () => {
    expect([copy('from/tree', 'to', 'tree'), copy('from/tree/', 'to/new', 'tree')]).toEqual(['', '']);
    expect([text('to/tree/deep/leaf'), text('to/new/deep/leaf')]).toEqual(['leaf\n', 'leaf\n']);
  });

  it('copies a link that is named as what it leads to', () => {
    expect(copy('from/linked', 'to', 'linked')).toBe('');
    expect(text('to/linked/deep/leaf')).toBe('leaf\n');
    rmSync(join(dir, 'from'), { recursive: true });
    expect(text('to/linked/deep/leaf')).toBe('leaf\n');
  });

  it('takes nothing but what was asked for from who sends', () => {
    expect(unpack(pack('from/note', 'no').stdout, 'to', 'no', 'other').status).not.toBe(0);
    expect(readdirSync(join(dir, 'to'))).toEqual([]);
  });

  it.each([
    ['from/tree', 'no', 'is a directory: say -r'],
    ['from/nothing', 'no', 'from/nothing does not exist'],
    ['/', 'yes', 'the whole of / is not copied'],
  ] as const)('refuses to send %s (recursive: %s): %s', (path, recursive, message) => {
    const { status, stderr } = pack(path, recursive);
    expect(status).not.toBe(0);
    expect(stderr.toString()).toContain(message);
  });

  it.each([
    [['to/file/', 'no'], 'to/file/ is no directory'],
    [['nowhere/file', 'no'], 'nowhere/ does not exist'],
    [['to/file', 'yes'], "several things can't become one"],
  ])('refuses to take into %j: %s', (args, message) => {
    const { status, stderr } = unpack(pack('from/note', 'no').stdout, ...args);
    expect(status).not.toBe(0);
    expect(stderr.toString()).toContain(message);
    expect(existsSync(join(dir, 'to/file'))).toBe(false);
  });
});
