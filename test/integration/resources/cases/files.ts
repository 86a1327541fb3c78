import type { Resource } from '../../../../src/resources/index.js';
import type { LifeCase, Place } from '../case.js';

const everywhere: readonly Place[] = ['busybox', 'debian', 'vm'];

const edited = { notify: [], follow: false, create: false, absent: false, insert: 'end' } as const;

const lineOf = (path: string, more: object): Resource =>
  ({ type: 'line', id: `line:${path}[${JSON.stringify(more)}]`, line: path, ...edited, ...more }) as Resource;
const blockOf = (path: string, more: object): Resource =>
  ({
    ...{ type: 'block', id: `block:${path}[${JSON.stringify(more)}]`, block: path, name: '' },
    ...{ comment: '#', commentEnd: '', ...edited, ...more },
  }) as Resource;
const iniOf = (path: string, section: string, key: string, more: object): Resource => {
  const { insert: _, ...rest } = edited;
  return {
    ...{ type: 'ini', id: `ini:${path}[${section}].${key}`, ini: path, section, key, separator: ' = ' },
    ...{ ...rest, ...more },
  } as Resource;
};
const directoryOf = (path: string, more: object): Resource =>
  ({
    ...{ type: 'directory', id: `directory:${path}`, directory: path, notify: [], absent: false },
    ...{ purge: false, recursive: false, ...more },
  }) as Resource;

const tree = [
  { path: 'bin/run me', executable: true, bytes: Buffer.from('#!/bin/sh\n') },
  { path: 'data', executable: false, bytes: Buffer.from([0, 1, 255, 10, 13]) },
  { path: "sub/it's/deep", executable: false, bytes: Buffer.from('x') },
];

export const cases: LifeCase[] = [
  {
    name: 'lines are added, replaced and removed, and the rest of the file stays byte for byte',
    on: everywhere,
    prepare: `mkdir -p /srv/line; cd /srv/line
      printf '# top\\nPort 2222\\n\\tkeep  \\r\\nold one\\nold two\\nlast without newline' >conf; chmod 640 conf; cp -a conf before`,
    resources: [
      lineOf('/srv/line/conf', { text: 'Port 22', match: '^Port ' }),
      lineOf('/srv/line/conf', { text: 'at the end' }),
      lineOf('/srv/line/conf', { text: 'first', insert: 'start' }),
      lineOf('/srv/line/conf', { text: 'after the port', after: '^Port' }),
      lineOf('/srv/line/conf', { match: '^old ', absent: true }),
      lineOf('/srv/line/fresh', { text: 'made', create: true }),
    ],
    proof: `cd /srv/line; [ "$(stat -c %a conf)" = 640 ]; [ "$(cat fresh)" = made ]
      printf 'first\\n# top\\nPort 22\\nafter the port\\n\\tkeep  \\r\\nlast without newline\\nat the end\\n' | cmp - conf`,
    breaks: `cd /srv/line; sed -i -e 's/^Port.*/Port 99/' -e '/^first/d' conf; echo 'old three' >>conf`,
    undone: 'cd /srv/line; cmp conf before; [ ! -e fresh ]; [ "$(stat -c %a conf)" = 640 ]',
  },
  {
    name: 'a block stands between its marks, with a secret in it, where it was told to',
    on: everywhere,
    prepare: `mkdir -p /srv/block; cd /srv/block
      printf '# millwright: begin old\\nx\\n# millwright: end old\\na\\nb\\nc' >conf; cp conf before`,
    resources: [
      blockOf('/srv/block/conf', { content: 'one\ntwo $(x) \u0001mw-slot:pw\u0002', before: '^b$' }),
      blockOf('/srv/block/conf', { name: 'tail', comment: '//', content: 'three\n' }),
      blockOf('/srv/block/conf', { name: 'old', absent: true }),
    ],
    secrets: { pw: "s'3cret" },
    proof: `cat >/tmp/want <<'END'
a
# millwright: begin
one
two $(x) s'3cret
# millwright: end
b
c
// millwright: begin tail
three
// millwright: end tail
END
      cmp /tmp/want /srv/block/conf`,
    breaks: `cd /srv/block; sed -i -e '/^two/d' conf`,
    undone: 'cd /srv/block; cmp conf before',
  },
  {
    name: 'settings of an INI file are set, added and removed; comments stay',
    on: everywhere,
    prepare: `mkdir -p /srv/ini; cd /srv/ini; cat >conf <<'END'
; top
global=1

[a]
# about x
x=1
y = 2   

[b]
x=other
END
      cp conf before`,
    resources: [
      iniOf('/srv/ini/conf', 'a', 'x', { value: '10' }),
      iniOf('/srv/ini/conf', 'a', 'z', { value: 'new one' }),
      iniOf('/srv/ini/conf', 'a', 'y', { absent: true }),
      iniOf('/srv/ini/conf', '', 'top', { value: '', separator: '=' }),
      iniOf('/srv/ini/conf', 'c d', 'k', { value: 'v' }),
    ],
    proof: `cd /srv/ini; cat >/tmp/want <<'END'
; top
global=1
top=

[a]
# about x
x=10
z = new one

[b]
x=other

[c d]
k = v
END
      cmp /tmp/want conf`,
    breaks: `cd /srv/ini; sed -i -e 's/x=10/x=11/' -e '/^top=/d' conf`,
    undone: 'cd /srv/ini; cmp conf before',
  },
  {
    name: 'a directory holds the files of a tree and nothing else',
    on: everywhere,
    prepare: `rm -rf /srv/tree; mkdir -p /srv/tree/sub /srv/tree/old/er; cd /srv/tree; echo mine >data; chmod 600 data
      echo x >old/er/file; ln -s /etc stray; chmod 700 /srv/tree; ls -lR . >/dev/null`,
    resources: [directoryOf('/srv/tree', { owner: 'root:root', mode: '0755', tree, purge: true })],
    proof: `cd /srv/tree; [ "$(stat -c %a . 'bin/run me' data)" = "$(printf '755\\n755\\n644')" ]
      [ "$(cat "sub/it's/deep")" = x ]; [ ! -e old ]; [ ! -L stray ]; [ "$(od -An -tx1 data | tr -d ' ')" = 0001ff0a0d ]`,
    breaks: 'cd /srv/tree; echo more >extra; rm data; chmod 600 "bin/run me"',
    undone: `cd /srv/tree; [ "$(cat data)" = mine ]; [ "$(stat -c %a data .)" = "$(printf '600\\n700')" ]
      [ "$(cat old/er/file)" = x ]; [ -L stray ]; [ ! -e bin ]; [ ! -e "sub/it's" ]; [ -d sub ]`,
  },
  {
    name: 'a directory is made, given away with all in it, and another one removed',
    on: everywhere,
    prepare: `rm -rf /srv/dirs; mkdir -p /srv/dirs/own/a /srv/dirs/gone; cd /srv/dirs; echo x >own/a/f; ln -s /etc/passwd own/l
      echo x >gone/f`,
    resources: [
      directoryOf('/srv/dirs/new', { mode: '2750' }),
      directoryOf('/srv/dirs/own', { owner: '12:34', recursive: true }),
      directoryOf('/srv/dirs/gone', { absent: true, purge: true }),
    ],
    proof: `cd /srv/dirs; [ "$(stat -c %a new)" = 2750 ]; [ ! -e gone ]
      [ "$(stat -c %u:%g own own/a/f own/l | sort -u)" = 12:34 ]; [ "$(stat -c %u /etc/passwd)" = 0 ]`,
    breaks: 'cd /srv/dirs; rmdir new; chown 0:0 own/a/f; mkdir gone',
    undone: `cd /srv/dirs; [ ! -e new ]; [ "$(cat gone/f)" = x ]; [ "$(stat -c %u:%g own own/a/f own/l | sort -u)" = 0:0 ]`,
  },
];
