import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fleetUid } from '../../support/fleet.js';
import { debopsPlugins, debopsRoles, puppetModules } from './content.js';

const playbook = `- name: Base of the machine
  hosts: node
  roles: [fhs]
  post_tasks:
    - name: A token
      ansible.builtin.copy: {content: "token={{ token }}\\n", dest: /etc/token, mode: "0600"}
  vars:
    # Of the seventeen by default: each costs a guest without KVM seconds.
    fhs__default_directories:
      - {name: facts, path: /etc/ansible/facts.d}
      - {name: www, path: /srv/www}
`;

const manifest = (broken: boolean): string => `concat { '/etc/greeting': mode => '0644' }
concat::fragment { 'hello':
  target  => '/etc/greeting',
  content => "hello \${lookup('who')}\\n",
}
${broken ? "exec { '/bin/cat /nowhere/at/all': }\n" : ''}`;

/** A machine that DebOps and a module of Puppet Labs look after, between steps of ours. */
export async function writeFleet(dir: string): Promise<void> {
  await debopsRoles(['fhs', 'ansible_plugins'], join(dir, 'ansible/roles'));
  await debopsPlugins(join(dir, 'ansible/beside/collections/ansible_collections/debops/debops'));
  await puppetModules(join(dir, 'puppet/modules'));
  const put = (path: string, text: string): void => {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  put('ansible/site.yml', playbook);
  put('fleet.yaml', fleet);
  put('puppet/hiera/hiera.yaml', 'version: 5\nhierarchy: [{name: all, path: all.yaml}]\n');
  put('puppet/hiera/data/all.yaml', 'who: world\n');
  writeManifest(dir, { broken: false });
}

export function writeManifest(dir: string, { broken }: { readonly broken: boolean }): void {
  writeFileSync(join(dir, 'puppet/site.pp'), manifest(broken));
}

const fleet = `version: 1
fleet: adapters
uid: ${fleetUid('adapters')}
sites:
  main: {provider: qemu}
images:
  debian12: {build: {suite: bookworm, include: [python3, puppet-agent]}}
secrets:
  token: {env: MW_TEST_TOKEN}
configs:
  node:
    resources:
      - package: [puppet-agent, python3]
      - command: an entry
        run: echo ran >> /var/ledger
        unless: test -e /etc/greeting
      - ansible: base of the machine
        playbook: ansible/site.yml
        roles: ansible/roles
        files: ansible/beside
        vars: {token: "\${{ secrets.token }}"}
      - puppet: greeting
        manifest: puppet/site.pp
        modules: puppet/modules
        hiera: puppet/hiera
      - file: /etc/after
        content: after
groups:
  node:
    count: 1
    site: main
    image: debian12
    size: {cpus: 1, memory: 512MiB, disk: 2GiB}
    config: node
    onFailure: stop
environments:
  dev:
    default: true
    rules: {cleanCommit: false}
`;
