import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dropbearKey, generateHostKey } from '../../../src/providers/qemu/hostkey.js';

describe('host keys', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'mw-hostkey-'));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  const file = (data: string | Buffer) => {
    const path = join(dir, 'key');
    writeFileSync(path, data, { mode: 0o600 });
    return path;
  };
  const blob = (line: string) => line.trim().split(' ').slice(0, 2).join(' ');

  it('are read by OpenSSH, whatever the length of the comment', () => {
    for (const comment of ['', 'a', 'web-1', 'a-machine-with-a-long-name', 'x'.repeat(63)]) {
      const key = generateHostKey(comment);
      const said = execFileSync('ssh-keygen', ['-y', '-f', file(key.openssh)], { encoding: 'utf8' });
      expect(blob(said)).toBe(blob(key.publicLine));
    }
  });

  it('are the same key for dropbear', () => {
    const key = generateHostKey('web-1');
    const said = execFileSync('dropbearkey', ['-y', '-f', file(dropbearKey(key.openssh))], {
      encoding: 'utf8',
    });
    expect(said).toContain(blob(key.publicLine));
  });

  it('differ every time', () => {
    expect(generateHostKey('a').publicLine).not.toBe(generateHostKey('a').publicLine);
  });
});
