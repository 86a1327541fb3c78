import { execFileSync } from 'node:child_process';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { complaints, minimal, withFiles } from './helpers.js';

const summary = (errors: string) => `${errors} in 1 file. Nothing was looked at, nothing changed.\n`;

const said = (files: Readonly<Record<string, string | Uint8Array>>) =>
  withFiles(files, (dir) => complaints(dir));

describe('hostile files', () => {
  it('refuses ten megabytes by size, before parsing', async () => {
    const big = `${minimal}#${'x'.repeat(10_000_000)}\n`;
    expect(await said({ 'fleet.yaml': big })).toBe(
      `fleet.yaml:1:1\n    ${big.length} bytes: a file of a fleet has at most 1048576.\n    Split it with "include", or let machines fetch large content themselves.\n${summary('1 error')}`,
    );
  });

  it('refuses an alias bomb by its first alias', async () => {
    const rows = Array.from({ length: 9 }, (_, i) => `  v${i + 1}: &v${i + 1} [*v${i}, *v${i}, *v${i}]`);
    const text = await said({ 'fleet.yaml': `${minimal}vars:\n  v0: &v0 [x, x]\n${rows.join('\n')}\n` });
    expect(text).toContain('The alias *v0 is not part of the format: a value stands where it is used.');
  });

  it.each([
    ['[', 'brackets'],
    ['{a: ', 'braces'],
    ['- ', 'list items'],
    ['? ', 'complex keys'],
  ])('refuses a long row of %j without recursing into the %s', async (piece) => {
    const text = await said({ 'fleet.yaml': piece.repeat(100_000) });
    expect(text).toBe(
      `fleet.yaml:1:${64 * piece.length + 1}\n    Values are nested more than 64 deep here.\n    A manifest needs fewer than ten.\n${summary('1 error')}`,
    );
  });

  it('refuses binary content at the first byte that is no text', async () => {
    const bytes = Buffer.concat([Buffer.from('version: 1\nfleet: '), Buffer.from([0xff, 0xfe, 0x80])]);
    expect(await said({ 'fleet.yaml': bytes })).toBe(
      `fleet.yaml:2:8\n    This is not UTF-8 text.\n    Save the file as UTF-8; binary content stands in a \`source\` file of its own.\n${summary('1 error')}`,
    );
  });

  it.each([
    ['NUL', '\u0000', 'U+0000'],
    ['the mark of slot tokens', '\u0001', 'U+0001'],
    ['an escape', '\u001b', 'U+001B'],
    ['a lone carriage return', '\r', 'U+000D'],
    ['a mark that turns the direction of text', '\u202e', 'U+202E'],
  ])('refuses %s anywhere in the file', async (_, character, name) => {
    expect(await said({ 'fleet.yaml': `${minimal}# a${character}b\n` })).toBe(
      `fleet.yaml:5:4\n    The control character ${name} may not stand in a fleet's files.\n    Remove it.\n${summary('1 error')}`,
    );
  });

  it('accepts a byte order mark and Windows line ends', async () => {
    expect(await said({ 'fleet.yaml': `\ufeff${minimal.replaceAll('\n', '\r\n')}` })).toBe('no problems\n');
  });

  it('refuses the mark of slot tokens in a template', async () => {
    const fleet = `${minimal}configs:\n  web:\n    resources:\n      - file: /etc/motd\n        template: motd\n`;
    expect(await said({ 'fleet.yaml': fleet, motd: 'one\n\u0001mw-slot:x\u0002' })).toBe(
      `motd:2:1\n    The control character U+0001 may not stand in a fleet's files.\n    Remove it.\n${summary('1 error')}`,
    );
  });

  it('refuses links that leave the directory, and follows those that stay', async () => {
    const fleet = (name: string) =>
      `${minimal}configs:\n  web:\n    resources:\n      - file: /etc/motd\n        source: ${name}\n`;
    await withFiles({ 'fleet.yaml': fleet('out'), inside: 'hello\n' }, async (dir) => {
      await symlink('/etc/hostname', join(dir, 'out'));
      expect(await complaints(dir)).toContain(
        '"out" is a link to /etc/hostname, outside the fleet\'s directory.',
      );
    });
    await withFiles({ 'fleet.yaml': fleet('in'), inside: 'hello\n' }, async (dir) => {
      await symlink('inside', join(dir, 'in'));
      expect(await complaints(dir)).toBe('no problems\n');
    });
  });

  it('refuses a directory of links and a loop of links', async () => {
    const fleet = `${minimal}include: [out/passwd, loop]\n`;
    await withFiles({ 'fleet.yaml': fleet }, async (dir) => {
      await symlink('/etc', join(dir, 'out'));
      await symlink('loop', join(dir, 'loop'));
      const text = await complaints(dir);
      expect(text).toContain('"out/passwd" is a link to /etc/passwd, outside the fleet\'s directory.');
      expect(text).toContain('"loop" cannot be read: ELOOP.');
    });
  });

  it('does not wait for a pipe', async () => {
    await withFiles({ 'fleet.yaml': `${minimal}include: [pipe]\n` }, async (dir) => {
      execFileSync('mkfifo', [join(dir, 'pipe')]);
      expect(await complaints(dir)).toContain('"pipe" is not a regular file.');
    });
  });

  it('says what to do where there is no fleet', async () => {
    expect(await said({})).toBe(
      `fleet.yaml:1:1\n    There is no file "fleet.yaml".\n    Start one with \`millwright init\`, or name its directory with -C.\n${summary('1 error')}`,
    );
  });

  it('refuses a directive that would turn YAML 1.1 on', async () => {
    expect(await said({ 'fleet.yaml': `%YAML 1.1\n---\n${minimal}` })).toContain(
      'A %YAML directive changes how values are read.',
    );
  });

  it('finishes with many duplicate-free keys and with many duplicates', async () => {
    const many = Array.from({ length: 40_000 }, (_, i) => `  k${i}: 1`).join('\n');
    expect(await said({ 'fleet.yaml': `${minimal}vars:\n${many}\n` })).toBe('no problems\n');
    const same = '  k: 1\n'.repeat(2_000);
    expect(await said({ 'fleet.yaml': `${minimal}vars:\n${same}` })).toContain('1999 errors');
  });

  it('refuses more names than rules should have to walk', async () => {
    const groups = Array.from({ length: 1_001 }, (_, i) => `  g${i}: {config: base}`).join('\n');
    expect(await said({ 'fleet.yaml': `${minimal}groups:\n${groups}\n` })).toBe(
      `fleet.yaml:5:1  groups\n    1001 entries: at most 1000 may stand here.\n    Let one group have a "count".\n${summary('1 error')}`,
    );
  });

  it('walks the longest chain of includes that may be written', async () => {
    const configs = Array.from({ length: 999 }, (_, i) => `  c${i}: {include: [c${i + 1}]}`).join('\n');
    expect(await said({ 'fleet.yaml': `${minimal}configs:\n${configs}\n  c999: {}\n` })).toBe(
      'no problems\n',
    );
  });

  it('never repeats what may be a secret or a private key', async () => {
    const text = `${minimal}secrets: {db: hunter2}\npeople:\n  eve:\n    keys: ["-----BEGIN OPENSSH PRIVATE KEY-----\\nb3Blb"]\n`;
    const answer = await said({ 'fleet.yaml': text });
    expect(answer).toContain('A secret itself never stands in a manifest');
    expect(answer).toContain('This is a private key');
    expect(answer).not.toMatch(/hunter2|b3Blb/);
  });
});
