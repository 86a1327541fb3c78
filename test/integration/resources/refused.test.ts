import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { journalFailure } from '../../../src/bundle/index.js';
import { ustar } from '../../../src/bundle/tar.js';
import { type FailureInfo, sha256Hex } from '../../../src/model/index.js';
import type { Resource } from '../../../src/resources/index.js';
import { type Box, openBox } from '../runner/box.js';
import { makeTarget, type Target } from '../runner/target.js';

const edited = { notify: [], follow: false, create: false, absent: false, insert: 'end' } as const;
const directory = {
  type: 'directory',
  id: 'd',
  notify: [],
  absent: false,
  purge: false,
  recursive: false,
} as const;

/** One file, `../pwned`. */
const zipOfParent =
  'UEsDBBQAAAAAAAAAIQCDFtyMAQAAAAEAAAAIAAAALi4vcHduZWR4UEsBAhQDFAAAAAAAAAAhAIMW3IwBAAAAAQAAAAgAAAAAAAAAAAAAAKSBAAAAAC4uL3B3bmVkUEsFBgAAAAABAAEANgAAACcAAAAAAA==';

describe.each(['busybox', 'debian'] as const)('what is refused on %s', (kind) => {
  let box: Box;
  let target: Target;
  let runs = 0;
  beforeAll(async () => {
    box = await openBox(kind);
    target = await makeTarget(box);
    await box.sh(
      'mkdir -p /srv/r/real/deep /opt; echo precious >/srv/r/real/deep/file; ln -s real /srv/r/link',
    );
  });
  afterAll(() => box?.close());
  const failure = async (one: Resource): Promise<FailureInfo | undefined> => {
    const done = await target.run(await target.load([one]), `r${++runs}/m/apply/1`);
    return journalFailure(done.journal);
  };

  test('purge and chown through a symbolic link, and a directory that is a link', async () => {
    const tree = [{ path: 'a', executable: false, bytes: Buffer.from('a') }];
    const through = { ...directory, directory: '/srv/r/link/deep' };
    expect(await failure({ ...through, tree, purge: true })).toMatchObject({ code: 'MW-CHANGE-DIRECTORY' });
    expect(await failure({ ...through, owner: '1:1', recursive: true })).toMatchObject({
      code: 'MW-CHANGE-DIRECTORY',
    });
    expect(await failure({ ...through, absent: true, purge: true })).toMatchObject({
      code: 'MW-CHANGE-DIRECTORY',
    });
    expect(await failure({ ...directory, directory: '/srv/r/link' })).toMatchObject({
      code: 'MW-CHANGE-SYMLINK',
    });
    expect(await box.sh('cat /srv/r/real/deep/file; stat -c %u /srv/r/real/deep/file')).toBe('precious\n0\n');
  });

  test('a tree whose files would go through a link, and a directory that holds something', async () => {
    await box.sh('mkdir -p /srv/r/tree; ln -s /srv/r/real /srv/r/tree/sub');
    const tree = [{ path: 'sub/a', executable: false, bytes: Buffer.from('a') }];
    expect(await failure({ ...directory, directory: '/srv/r/tree', tree })).toMatchObject({
      code: 'MW-CHANGE-SYMLINK',
    });
    expect(await failure({ ...directory, directory: '/srv/r/tree', absent: true })).toMatchObject({
      code: 'MW-CHANGE-DIRECTORY',
      message: expect.stringContaining('not empty'),
    });
    expect(await box.sh('ls /srv/r/real')).toBe('deep\n');
  });

  const archive = (content: Uint8Array): Resource => ({
    ...{ type: 'archive', id: 'a', archive: '/opt/out', content, strip: 0, notify: [] },
  });

  test('members outside the root of an archive, by path and by link', async () => {
    const pack = async (script: string): Promise<Uint8Array> => {
      const { stdout } = await execa('sh', ['-c', `cd "$(mktemp -d)" && ${script}`], { encoding: 'buffer' });
      return stdout;
    };
    const hostile = [
      gzipSync(ustar([{ name: '../pwned', bytes: Buffer.from('x') }])),
      gzipSync(ustar([{ name: '/opt/pwned', bytes: Buffer.from('x') }])),
      await pack('mkdir a && ln -s ../../etc a/link && tar -czf - a'),
      await pack('ln -s /etc link && tar -czf - link'),
      await pack('mkfifo pipe && tar -czf - pipe'),
      Buffer.from(zipOfParent, 'base64'),
    ];
    for (const content of hostile)
      expect(await failure(archive(content))).toMatchObject({ code: 'MW-CHANGE-ARCHIVE' });
    expect(await failure(archive(Buffer.from('no archive at all')))).toMatchObject({
      code: 'MW-CHANGE-ARCHIVE',
    });
    expect(await box.sh('ls -A /opt')).not.toMatch(/pwned|out|millwright/);
  });

  test('edits of which nobody knows what they mean', async () => {
    await box.sh('printf "Port 1\\nPort 2\\n" >/srv/r/conf; printf "a\\0b\\n" >/srv/r/binary');
    const line = { type: 'line', id: 'l', line: '/srv/r/conf', text: 'Port 3', ...edited } as const;
    const odd: Resource[] = [
      { ...line, match: '^Port' },
      { ...line, after: '^Nothing' },
      { ...line, match: '(' },
      { ...line, line: '/srv/r/none' },
      { ...line, line: '/srv/r/binary' },
    ];
    for (const one of odd) expect(await failure(one)).toMatchObject({ code: 'MW-CHANGE-EDIT' });
    expect(await failure({ ...line, line: '/srv/r/conf', validate: 'grep -q never {new}' })).toMatchObject({
      code: 'MW-CHANGE-VALIDATE',
    });
    expect(await box.sh('cat /srv/r/conf; ls -A /srv/r')).toBe(
      'Port 1\nPort 2\nbinary\nconf\nlink\nreal\ntree\n',
    );
  });

  test('a download whose content is not what was meant, or that nobody serves', async () => {
    const port = 40_000 + (process.pid % 10_000);
    await box.sh(
      `mkdir -p /srv/r-www; echo other >/srv/r-www/file; busybox httpd -p 127.0.0.1:${port} -h /srv/r-www`,
    );
    const one = {
      type: 'download',
      id: 'g',
      download: '/opt/got',
      notify: [],
      sha256: sha256Hex('meant'),
    } as const;
    expect(await failure({ ...one, url: `http://127.0.0.1:${port}/file` })).toMatchObject({
      code: 'MW-CHANGE-DOWNLOAD',
      message: expect.stringContaining(sha256Hex('other\n')),
    });
    expect(await failure({ ...one, url: `http://127.0.0.1:${port}/none` })).toMatchObject({
      code: 'MW-CHANGE-DOWNLOAD',
    });
    expect(await box.sh('ls -A /opt')).not.toContain('got');
  });
});

describe('what git refuses on debian', () => {
  let box: Box;
  afterAll(() => box?.close());

  test('changes made by hand, refs that are not there, and what is no working copy', async () => {
    box = await openBox('debian');
    const target = await makeTarget(box);
    await box.sh(`mkdir -p /srv/made /srv/other; cd /srv/made; git init -q -b main; echo one >file; git add .
      git -c user.name=a -c user.email=a@b commit -q -m one; git clone -q . /srv/app/copy; echo mine >/srv/app/copy/file
      echo x >/srv/other/file`);
    let runs = 0;
    const failure = async (git: string, ref: string): Promise<FailureInfo | undefined> => {
      const one = { type: 'git', id: 'g', git, ref, repo: '/srv/made', force: false, notify: [] } as const;
      const done = await target.run(await target.load([one]), `g${++runs}/m/apply/1`);
      return journalFailure(done.journal);
    };
    const refused = { code: 'MW-CHANGE-GIT' };
    expect(await failure('/srv/app/copy', 'main')).toMatchObject(refused);
    expect(await failure('/srv/app/new', 'nothing')).toMatchObject(refused);
    expect(await failure('/srv/other', 'main')).toMatchObject(refused);
    expect(await box.sh('cat /srv/app/copy/file; ls /srv/app')).toBe('mine\ncopy\n');
  });
});
