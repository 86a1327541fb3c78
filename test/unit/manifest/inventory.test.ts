import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  convertInventory,
  type Imported,
  importedYaml,
  readInventory,
  withInclude,
} from '../../../src/manifest/inventory/index.js';
import { literal, readIni } from '../../../src/manifest/inventory/ini.js';
import { expandRange } from '../../../src/manifest/inventory/ranges.js';
import { loadFiles, withFiles } from './helpers.js';

const imported = (
  files: Readonly<Record<string, string>>,
  name = Object.keys(files)[0] ?? '',
): Promise<Imported> =>
  withFiles(files, async (dir) => {
    const result = convertInventory(await readInventory(join(dir, name)));
    return { ...result, notes: result.notes.map((note) => note.replaceAll(`${dir}/`, '')) };
  });

const hostsOf = ({ groups }: Imported): Record<string, string[]> =>
  Object.fromEntries(Object.entries(groups).map(([name, { machines }]) => [name, Object.keys(machines)]));

describe('ranges', () => {
  it.each([
    ['web', ['web']],
    ['web[1:3]', ['web1', 'web2', 'web3']],
    ['web[08:11].shop', ['web08.shop', 'web09.shop', 'web10.shop', 'web11.shop']],
    ['db-[a:c]', ['db-a', 'db-b', 'db-c']],
    ['n[1:9:4]', ['n1', 'n5', 'n9']],
    ['r[1:2]-[a:b]', ['r1-a', 'r1-b', 'r2-a', 'r2-b']],
  ])('%s names its hosts', (pattern, names) => {
    expect(expandRange(pattern)).toEqual(names);
  });
});

describe('INI', () => {
  it('reads values as Python would', () => {
    expect(['5', '1.5', '010', 'True', 'False', 'None', "'a b'", 'text', "['a', 2]"].map(literal)).toEqual([
      ...[5, 1.5, '010', true, false, null, 'a b', 'text', ['a', 2]],
    ]);
  });

  it('keeps quotes, escapes and comments apart', () => {
    const { inventory, unread } = readIni(
      `one motd="it's # fine" port_a='a "b"' # comment\ntwo:2222 x=1\nthree broken\n`,
    );
    expect([...inventory.hosts]).toEqual([
      ['one', { motd: "it's # fine", port_a: 'a "b"' }],
      ['two', { ansible_port: 2222, x: 1 }],
    ]);
    expect(unread).toEqual([{ line: 3, text: 'three broken' }]);
  });
});

const estate = {
  inventory: `
mail.example.com

[web]
web[01:03].example.com
[web:vars]
http_port=80
tier=front

[db]
db-one ansible_host=10.0.0.5 ansible_user=postgres role=primary
db-two ansible_host=10.0.0.6 ansible_port=2222

[site:children]
web
db

[site:vars]
domain=shop.example
tier=any
ansible_user=ops
ansible_become=yes
ansible_ssh_private_key_file=~/.ssh/ops
ansible_python_interpreter=/usr/bin/python3
`,
  'group_vars/all.yml':
    'ntp: [a.example, b.example]\nsecret: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6131\n',
  'group_vars/web/main.yml': 'http_port: 8080\n',
  'group_vars/web/nested/more.yml': 'banner: "{{ inventory_hostname }}"\n',
  'host_vars/web02.example.com.yml': 'http_port: 9090\n',
  'host_vars/db-one.yml': '$ANSIBLE_VAULT;1.1;AES256\n6131\n',
};

describe('an inventory', () => {
  it('becomes groups of machines, each once, in the group that lists it', async () => {
    expect(hostsOf(await imported(estate))).toEqual({
      machines: ['mail'],
      web: ['web01', 'web02', 'web03'],
      db: ['db-one', 'db-two'],
    });
  });

  it('gives every machine what Ansible would, the more specific last, and what all share to the group', async () => {
    const { groups } = await imported(estate);
    expect(groups.web?.vars).toEqual({
      ntp: ['a.example', 'b.example'],
      domain: 'shop.example',
      tier: 'front',
    });
    expect(groups.web?.machines.web01?.vars).toEqual({ http_port: 8080 });
    expect(groups.web?.machines.web02?.vars).toEqual({ http_port: 9090 });
    expect(groups.db?.machines['db-one']?.vars).toEqual({ role: 'primary' });
    expect(groups.web?.machines.web01?.labels).toEqual({ site: 'member' });
  });

  it('takes the way there out of the variables', async () => {
    const { groups, keyFiles } = await imported(estate);
    expect(groups.web?.connect).toEqual({ user: 'ops', become: 'sudo' });
    expect(groups.web?.machines.web01?.host).toBe('web01.example.com');
    expect(groups.db?.machines['db-one']).toMatchObject({ host: '10.0.0.5', connect: { user: 'postgres' } });
    expect(groups.db?.machines['db-two']).toMatchObject({ host: '10.0.0.6', port: 2222 });
    expect(keyFiles).toEqual(['~/.ssh/ops']);
  });

  it('names what it cannot carry over: vaults, templates, new names', async () => {
    const { notes } = await imported(estate);
    const text = notes.join('\n');
    expect(text).toContain('host_vars/db-one.yml: is encrypted by ansible-vault');
    expect(text).toMatch(
      /mail\.example\.com, web01\.example\.com, web02\.example\.com and 3 more: secret: is encrypted by ansible-vault/,
    );
    expect(text).toContain('banner: is a template of Ansible');
    expect(text).toContain('web01.example.com: is called web01 here');
    expect(text).not.toContain('python_interpreter');
  });

  it('reads YAML, nested as Ansible has it', async () => {
    const yaml = `
all:
  vars: {domain: shop.example}
  children:
    web:
      hosts:
        web[1:2]: {}
    db:
      hosts:
        gate: {ansible_host: 192.0.2.1, ansible_ssh_common_args: -o ProxyJump=me@jump, ansible_become_method: su, ansible_become: true}
        local: {ansible_connection: local}
        secret: {ansible_password: hunter2}
`;
    const result = await imported({ 'hosts.yaml': yaml });
    expect(hostsOf(result)).toEqual({ web: ['web1', 'web2'], db: ['gate', 'secret'] });
    expect(result.groups.db?.machines.gate?.connect).toEqual({ via: ['me@jump'] });
    expect(result.notes).toEqual([
      'local: left out, as it is reached by local',
      'gate: ansible_become_method su: root is had by sudo or doas',
      'secret: ansible_password: passwords stay out of a manifest; declare a secret and name it in connect.password',
    ]);
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  it('gives two machines two names, and a group another than a machine', async () => {
    const result = await imported({ hosts: '[gate]\ngate\nweb.a.example\nweb.b.example\n192.0.2.7\n' });
    expect(hostsOf(result)).toEqual({
      'gate-group': ['gate', 'web-a-example', 'web-b-example', 'host-192-0-2-7'],
    });
  });

  it('says what is none', async () => {
    await expect(imported({ hosts: '#!/bin/sh\n' })).rejects.toThrow('it is a program');
    await expect(imported({ 'hosts.yml': '$ANSIBLE_VAULT;1.1;AES256\n' })).rejects.toThrow('ansible-vault');
    await expect(imported({ 'hosts.yml': '- a\n' })).rejects.toThrow('no map of groups');
  });

  it('is written as a file that the fleet loads', async () => {
    const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
    const result = await imported(estate);
    const names = Object.values(result.groups).flatMap(({ machines }) => Object.keys(machines));
    const file = importedYaml(result, {
      ...{ site: 'existing', config: 'base', declares: { site: true, config: true } },
      hostKeys: new Map(names.map((name) => [name, key])),
    });
    const head =
      '# mine\nversion: 1\nfleet: shop\nuid: 01JZB2V5Q8K4T7W9X3C6D1E0FA\nenvironments: {dev: {default: true}}\n';
    const loaded = await loadFiles({
      'fleet.yaml': withInclude(head, 'imported.yaml'),
      'imported.yaml': file,
    });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    expect(loaded.fleet.manifest.groups.web?.machines?.web02).toMatchObject({
      ...{ host: 'web02.example.com', hostKey: key, vars: { http_port: 9090 } },
      connect: { user: 'ops', become: 'sudo' },
    });
  });

  it('is included without a change to what stands in fleet.yaml', () => {
    const text = '# mine\nversion: 1 # one\ninclude: [a.yaml]\n';
    expect(withInclude(text, 'b.yaml')).toBe('# mine\nversion: 1 # one\ninclude: [ a.yaml, b.yaml ]\n');
    expect(parse(withInclude('version: 1\n', 'b.yaml'))).toEqual({ version: 1, include: ['b.yaml'] });
  });
});
