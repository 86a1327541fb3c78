import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSecrets, Redacted } from '../../../src/secrets/index.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mw-secrets-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

interface More {
  readonly env?: string[];
  readonly files?: string[];
  readonly programs?: string[];
  readonly warn?: (message: string) => void;
}

const secrets = (more: More = {}) =>
  createSecrets({
    site: 'main',
    settingsFile: '/etc/mw/settings.yaml',
    allowed: { env: more.env ?? [], files: more.files ?? [], programs: more.programs ?? [] },
    programLimits: { timeoutMs: 2000, maxBytes: 1000 },
    env: { SHOP_DB_PASSWORD: 'hunter2', EMPTY: '', HOME: dir },
    warn: more.warn,
  });
const write = (name: string, text: string, mode = 0o600) => {
  const path = join(dir, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
};

test('an allowed variable of the worker is resolved', async () => {
  const value = await secrets({ env: ['SHOP_DB_PASSWORD'] }).resolve('db', { env: 'SHOP_DB_PASSWORD' });
  expect(value).toBe('hunter2');
});

test('a variable that is not allowed is denied with the line to add, though it is set', async () => {
  const error = await secrets()
    .resolve('db', { env: 'SHOP_DB_PASSWORD' })
    .catch((e) => e);
  expect(error.info).toEqual({
    code: 'MW-SECRET-DENIED',
    cause: 'infrastructure',
    message: "Secret db is env:SHOP_DB_PASSWORD, which the settings of site main don't allow.",
    remedy:
      'Add to /etc/mw/settings.yaml on the host of its worker:  sites.main.secrets.env: [SHOP_DB_PASSWORD]',
  });
  expect(inspect(error)).not.toContain('hunter2');
});

test('a variable that is missing or empty says whose environment it is', async () => {
  const all = secrets({ env: ['NONE', 'EMPTY'] });
  await expect(all.resolve('db', { env: 'NONE' })).rejects.toMatchObject({
    info: {
      code: 'MW-SECRET-MISSING',
      message: "Secret db: env:NONE isn't set in the environment of the worker of site main.",
    },
  });
  await expect(all.resolve('db', { env: 'EMPTY' })).rejects.toThrow(
    'is empty in the environment of the worker',
  );
});

test('a file loses exactly one newline at its end', async () => {
  const path = write('tls.key', 'line\n\n');
  expect(await secrets({ files: [path] }).resolve('tls', { file: path })).toBe('line\n');
  expect(await secrets({ files: [path] }).resolve('tls', { file: '~/tls.key' })).toBe('line\n');
});

test('a path that is not allowed, relative, or that climbs out is denied', async () => {
  const path = write('tls.key', 'x');
  const all = secrets({ files: [path] });
  for (const file of ['/etc/shadow', 'tls.key', `${dir}/../etc/shadow`, `${path}/../../etc/shadow`])
    await expect(all.resolve('tls', { file })).rejects.toMatchObject({ info: { code: 'MW-SECRET-DENIED' } });
});

test('a link out of an allowed path is denied and its target named, until that is allowed too', async () => {
  const target = write('real.key', 'x');
  mkdirSync(join(dir, 'open'));
  const path = join(dir, 'open/tls.key');
  symlinkSync(target, path);
  const error = await secrets({ files: [path] })
    .resolve('tls', { file: path })
    .catch((e) => e);
  expect(error.info.code).toBe('MW-SECRET-DENIED');
  expect(error.info.remedy).toContain(`sites.main.secrets.files: [${target}]`);
  expect(await secrets({ files: [path, target] }).resolve('tls', { file: path })).toBe('x');
});

test('an allowed file under a linked folder is resolved', async () => {
  mkdirSync(join(dir, 'real'));
  symlinkSync(join(dir, 'real'), join(dir, 'linked'));
  write('real/tls.key', 'x');
  const path = join(dir, 'linked/tls.key');
  expect(await secrets({ files: [path] }).resolve('tls', { file: path })).toBe('x');
});

test('a file that is not there, a folder and a named pipe are missing, not a hang', async () => {
  execFileSync('mkfifo', [join(dir, 'pipe')]);
  const files = [join(dir, 'none'), dir, join(dir, 'pipe')];
  for (const file of files)
    await expect(secrets({ files }).resolve('tls', { file })).rejects.toMatchObject({
      info: { code: 'MW-SECRET-MISSING' },
    });
});

test('a file that everybody may read gives a warning without its content', async () => {
  const warnings: string[] = [];
  const path = write('tls.key', 'hunter2', 0o644);
  await secrets({ files: [path], warn: (message) => warnings.push(message) }).resolve('tls', { file: path });
  expect(warnings).toEqual([`${path} (secret tls) is readable by everybody: chmod o-r ${path}`]);
});

test('a redacted value shows only its name, however it is written', () => {
  const secret = new Redacted('dbPassword', 'hunter2');
  const shown = [
    `${secret}`,
    JSON.stringify({ secret }),
    inspect({ secret }, { showHidden: true }),
    String(secret),
  ];
  for (const text of shown) {
    expect(text).toContain('[secret dbPassword]');
    expect(text).not.toContain('hunter2');
  }
  expect(secret.reveal()).toBe('hunter2');
});

const program = (name: string, script: string) => write(name, `#!/bin/sh\n${script}\n`, 0o755);

test('a program is run without a shell, by path or by name, and loses one newline at its end', async () => {
  const path = program('pass', 'printf "%s|" "$#" "$@"; echo; echo');
  const exec = [path, 'show', 'a b', '$(id) `id`;"'];
  const all = secrets({ programs: ['/usr/bin/op', path] });
  expect(await all.resolve('db', { exec })).toBe('3|show|a b|$(id) `id`;"|\n');
  expect(await all.resolve('db', { exec: ['pass'] })).toBe('0|\n');
});

test('a program has the environment of the worker, no standard input and no folder of its own', async () => {
  const path = program('pass', 'cat; pwd; echo "$SHOP_DB_PASSWORD"');
  expect(await secrets({ programs: [path] }).resolve('db', { exec: [path] })).toBe('/\nhunter2');
});

test('a program that is not allowed is not run, and the line to add is named', async () => {
  const path = program('pass', `touch ${dir}/ran; echo x`);
  const other = secrets({ programs: ['/usr/bin/pass'] });
  for (const exec of [[path], ['sh', '-c', 'id'], ['./pass']])
    await expect(other.resolve('db', { exec })).rejects.toMatchObject({ info: { code: 'MW-SECRET-DENIED' } });
  const error = await other.resolve('db', { exec: ['op', 'read'] }).catch((e) => e);
  expect(error.info).toMatchObject({
    message: "Secret db is exec:op read, which the settings of site main don't allow.",
    remedy:
      'Add to /etc/mw/settings.yaml on the host of its worker:  sites.main.secrets.programs: [/usr/bin/op]',
  });
  expect(existsSync(join(dir, 'ran'))).toBe(false);
});

test.each([
  ['exit 3', 'exited 3'],
  ['echo "no such entry" >&2; exit 1', 'exited 1 at the worker of site main (no such entry)'],
  ['echo hunter2; echo "got hunter2, but" >&2; exit 1', 'exited 1 at the worker of site main (got ***, but)'],
  ['kill -9 $$', 'was ended by SIGKILL'],
  ['true', 'printed nothing'],
  ['echo; exit 0', 'printed nothing'],
  ['head -c 2000 /dev/zero', 'printed more than 1000 bytes'],
])('a program that does `%s` is no secret: it %s', async (script, how) => {
  const path = program('pass', script);
  const error = await secrets({ programs: [path] })
    .resolve('db', { exec: [path, 'x'] })
    .catch((e) => e);
  expect(error.info).toMatchObject({ code: 'MW-SECRET-PROGRAM', cause: 'infrastructure' });
  expect(error.info.message).toContain(`Secret db: exec:${path} x ${how}`);
  expect(inspect(error, { depth: 9 })).not.toContain('hunter2');
});

test('a program that is not there says so', async () => {
  const path = join(dir, 'none');
  await expect(secrets({ programs: [path] }).resolve('db', { exec: [path] })).rejects.toThrow(
    'cannot be run: ENOENT',
  );
});

test('a program that does not end is ended with all that it started', async () => {
  const path = program('pass', `sleep 300 & echo $! >${dir}/pid; wait`);
  await expect(secrets({ programs: [path] }).resolve('db', { exec: [path] })).rejects.toThrow(
    'did not end within 2 s',
  );
  const state = () => readFileSync(`/proc/${readFileSync(join(dir, 'pid'), 'utf8').trim()}/stat`, 'utf8');
  await expect
    .poll(() => {
      try {
        return state().split(' ')[2];
      } catch {
        return 'Z';
      }
    })
    .toBe('Z');
});
