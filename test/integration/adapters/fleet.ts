import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fleetUid } from '../../support/fleet.js';
import { debopsPlugins, debopsRoles, puppetModules } from './content.js';

/** Facts and directories are fewer than by default: each costs a machine without KVM seconds. */
const playbook = `- name: Base of the machine
  hosts: old
  gather_subset: ["!all", "!min", local, python]
  module_defaults:
    ansible.builtin.setup: {gather_subset: ["!all", "!min", local, python]}
  roles: [fhs]
  post_tasks:
    - name: A token
      ansible.builtin.copy: {content: "token={{ token }}\\n", dest: /etc/token, mode: "0600"}
  vars:
    ansible_python_interpreter: /usr/bin/python3
    fhs__default_directories:
      - {name: facts, path: /etc/ansible/facts.d}
      - {name: www, path: /srv/www}
`;

const manifest = `concat { '/etc/greeting': mode => '0644' }
concat::fragment { 'hello':
  target  => '/etc/greeting',
  content => "hello \${lookup('who')}\\n",
}
`;
const broken = "exec { '/bin/cat /nowhere/at/all': }\n";

const entry = `      - command: an entry
        run: echo ran >> /var/ledger
        unless: test -e /etc/greeting`;
const play = `      - ansible: base of the machine
        playbook: ansible/site.yml
        roles: ansible/roles
        files: ansible/beside
        vars: {token: "\${{ secrets.token }}"}`;
const puppet = `      - puppet: greeting
        manifest: puppet/site.pp
        modules: puppet/modules
        hiera: puppet/hiera`;
const after = `      - file: /etc/after
        content: after`;
const reboot = `      - file: /etc/before
        content: before
      - reboot: for the kernel`;

/** What the contract of the machine is made of. */
const contracts = {
  both: [entry, play, puppet, after],
  broken: [puppet, after],
  reboot: [reboot, after],
} as const;

export interface Existing {
  readonly host: string;
  readonly port: number;
  readonly hostKey: string;
}

/** A machine that exists, that a role of DebOps and a module of Puppet Labs look after, between steps of ours. */
export async function writeFleet(dir: string, machine: Existing): Promise<void> {
  await debopsRoles(['fhs', 'ansible_plugins'], join(dir, 'ansible/roles'));
  await debopsPlugins(join(dir, 'ansible/beside/collections/ansible_collections/debops/debops'));
  await puppetModules(join(dir, 'puppet/modules'));
  mkdirSync(join(dir, 'puppet/hiera/data'), { recursive: true });
  writeFileSync(join(dir, 'ansible/site.yml'), playbook);
  writeFileSync(
    join(dir, 'puppet/hiera/hiera.yaml'),
    'version: 5\nhierarchy: [{name: all, path: all.yaml}]\n',
  );
  writeFileSync(join(dir, 'puppet/hiera/data/all.yaml'), 'who: world\n');
  writeContract(dir, machine, 'both');
}

export function writeContract(dir: string, machine: Existing, contract: keyof typeof contracts): void {
  writeFileSync(join(dir, 'puppet/site.pp'), contract === 'broken' ? `${manifest}${broken}` : manifest);
  writeFileSync(join(dir, 'fleet.yaml'), fleet(machine, contracts[contract]));
}

const fleet = ({ host, port, hostKey }: Existing, resources: readonly string[]): string => `version: 1
fleet: adapters
uid: ${fleetUid('adapters')}
sites:
  main: {provider: static, connect: {user: root}}
secrets:
  token: {env: MW_TEST_TOKEN}
configs:
  base:
    resources:
${resources.join('\n')}
groups:
  old:
    site: main
    machines:
      one: {host: ${host}, port: ${port}, hostKey: "${hostKey}"}
    config: base
    onFailure: stop
environments:
  dev:
    default: true
    rules: {cleanCommit: false}
`;
