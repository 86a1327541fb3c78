import { spawnSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { ustar } from '../../../../src/bundle/tar.js';
import { sha256Hex } from '../../../../src/model/index.js';
import type { Resource } from '../../../../src/resources/index.js';
import type { LifeCase } from '../case.js';

const packed = (version: string): Uint8Array =>
  gzipSync(
    ustar([
      { name: 'tool-1/bin/tool', bytes: Buffer.from(`#!/bin/sh\necho ${version}\n`) },
      { name: 'tool-1/share/data', bytes: Buffer.from([0, 255, 10]) },
    ]),
  );

/** Compressed by a program of this host. */
const by = (program: string): Uint8Array =>
  spawnSync(program, ['-c'], { input: ustar([{ name: 'file', bytes: Buffer.from(`by ${program}\n`) }]) })
    .stdout;

/** One file, `zip/a file`. */
const zipped = Buffer.from(
  'UEsDBBQAAAAAAAAAIQD1qdSoCwAAAAsAAAAKAAAAemlwL2EgZmlsZWZyb20gYSB6aXAKUEsBAhQDFAAAAAAAAAAhAPWp1KgLAAAACwAAAAoAAAAAAAAAAAAAAKSBAAAAAHppcC9hIGZpbGVQSwUGAAAAAAEAAQA4AAAAMwAAAAAA',
  'base64',
);

const unpacked = (name: string, content: Uint8Array): Resource => ({
  ...{ type: 'archive', id: `archive:/opt/${name}`, archive: `/opt/${name}`, content, strip: 0, notify: [] },
});

/** Boxes share the ports of this host: nobody else is on this one for long. */
const port = 20_000 + (process.pid % 20_000);
const content = 'what is served\n';
const served = `command -v curl >/dev/null || command -v wget >/dev/null || apt-get -qq install -y curl >/dev/null
  command -v busybox >/dev/null || apt-get -qq install -y busybox >/dev/null
  mkdir -p /srv/www; printf 'what is served\\n' >/srv/www/file; busybox httpd -p 127.0.0.1:${port} -h /srv/www`;

const working: Omit<Extract<Resource, { type: 'git' }>, 'ref'> = {
  ...{ type: 'git', id: 'git:/srv/work/app', git: '/srv/work/app', repo: '/srv/origin.git' },
  ...{ notify: [], force: false },
};

/** A repository with a tag, a branch that is ahead, and a hook that must never run. */
const origin = `command -v git >/dev/null || apt-get -qq install -y --no-install-recommends git >/dev/null
  rm -rf /srv/origin.git /srv/work /srv/made; mkdir -p /srv/work; cd /srv
  export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
  git init -q -b main made; cd made; echo one >file; git add .; git commit -q -m one; git tag v1
  echo two >file; git commit -q -a -m two; git clone -q --bare . ../origin.git`;

export const cases: LifeCase[] = [
  {
    name: 'an archive of the fleet is unpacked over what is there, and what it replaced comes back',
    on: ['busybox', 'debian', 'vm'],
    prepare:
      'rm -rf /opt/tool; mkdir -p /opt/tool/bin; echo mine >/opt/tool/bin/tool; echo stays >/opt/tool/note',
    resources: [
      {
        ...{ type: 'archive', id: 'archive:/opt/tool', archive: '/opt/tool', content: packed('1') },
        ...{ strip: 1, owner: '12:34', notify: [] },
      },
    ],
    proof: `cd /opt/tool; grep -q 'echo 1' bin/tool; [ -s share/data ]; [ "$(cat note)" = stays ]
      [ "$(stat -c %u:%g bin/tool)" = 12:34 ]`,
    breaks: 'rm -r /opt/tool/share',
    undone: 'cd /opt/tool; [ "$(cat bin/tool note)" = "$(printf "mine\\nstays")" ]; [ ! -e share ]',
  },
  {
    name: 'an archive makes its directory, and it goes with it',
    on: ['busybox', 'debian'],
    prepare: 'mkdir -p /opt; rm -rf /opt/fresh',
    resources: [
      {
        ...{ type: 'archive', id: 'archive:/opt/fresh', archive: '/opt/fresh', content: packed('2') },
        ...{ strip: 0, notify: [] },
      },
    ],
    proof: 'grep -q "echo 2" /opt/fresh/tool-1/bin/tool',
    breaks: 'rm -r /opt/fresh',
    undone: '[ ! -e /opt/fresh ]',
  },
  {
    name: 'a zip archive is unpacked',
    on: ['busybox', 'debian'],
    prepare: 'mkdir -p /opt; rm -rf /opt/zip',
    resources: [unpacked('zip', zipped)],
    proof: '[ "$(cat "/opt/zip/zip/a file")" = "from a zip" ]',
    breaks: 'rm "/opt/zip/zip/a file"',
    undone: '[ ! -e /opt/zip ]',
  },
  {
    name: 'archives are unpacked by xz and zstd',
    on: ['debian'],
    prepare: 'rm -rf /opt/xz /opt/zstd',
    resources: [unpacked('xz', by('xz')), unpacked('zstd', by('zstd'))],
    proof: '[ "$(cat /opt/xz/file /opt/zstd/file)" = "$(printf "by xz\\nby zstd")" ]',
    breaks: 'rm -r /opt/xz /opt/zstd/file',
    undone: '[ ! -e /opt/xz ]; [ ! -e /opt/zstd ]',
  },
  {
    name: 'a download is fetched once, and again when somebody touched it',
    on: ['busybox', 'debian', 'vm'],
    prepare: `${served}; mkdir -p /srv/got; echo old >/srv/got/file; chmod 600 /srv/got/file`,
    resources: [
      {
        ...{
          type: 'download',
          id: 'download:/srv/got/file',
          download: '/srv/got/file',
          mode: '0755',
          notify: [],
        },
        ...{ url: `http://127.0.0.1:${port}/file`, sha256: sha256Hex(content) },
      },
    ],
    proof: '[ "$(cat /srv/got/file)" = "what is served" ]; [ "$(stat -c %a /srv/got/file)" = 755 ]',
    breaks: 'echo more >>/srv/got/file',
    undone: '[ "$(cat /srv/got/file)" = old ]; [ "$(stat -c %a /srv/got/file)" = 600 ]',
  },
  {
    name: 'a working copy is cloned at a tag, brought back when it moved, and removed',
    on: ['debian', 'vm'],
    prepare: origin,
    resources: [{ ...working, ref: 'v1' }],
    proof: '[ "$(cat /srv/work/app/file)" = one ]; [ -z "$(cd /srv/work/app && git status --porcelain)" ]',
    breaks:
      'cd /srv/work/app; git fetch -q origin 2>/dev/null || git fetch -q /srv/origin.git main; git checkout -q FETCH_HEAD',
    undone: '[ ! -e /srv/work/app ]',
  },
  {
    name: 'a working copy follows its branch as its user, gives up what was changed, and goes back where it was',
    on: ['debian'],
    prepare: `${origin}; cd /srv/work; git clone -q -b v1 /srv/origin.git app; chown -R 1:1 app /srv/origin.git
      printf '#!/bin/sh\\ntouch /srv/work/pwned\\n' >app/.git/hooks/post-checkout; chmod 755 app/.git/hooks/post-checkout`,
    resources: [{ ...working, ref: 'main', as: 'daemon', force: true }],
    proof:
      '[ "$(cat /srv/work/app/file)" = two ]; [ ! -e /srv/work/pwned ]; [ "$(stat -c %u /srv/work/app/file)" = 1 ]',
    breaks: 'echo by hand >/srv/work/app/file',
    undone: '[ "$(cat /srv/work/app/file)" = one ]; [ ! -e /srv/work/pwned ]',
  },
];
