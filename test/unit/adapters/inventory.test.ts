import { describe, expect, it } from 'vitest';
import { inventory, knownHosts, secretsOf, sshConfig } from '../../../src/adapters/ansible/inventory.js';
import type { PlaybookOrder } from '../../../src/adapters/port.js';
import type { SshTarget } from '../../../src/ssh/port.js';

const machine: SshTarget = {
  ...{ host: '192.0.2.7', port: 2222, user: 'deploy', hostKey: 'ssh-ed25519 MACHINE', poolKey: 'm' },
  ways: [
    { kind: 'key', name: 'site', privateKey: 'KEY ONE' },
    { kind: 'password', password: 'login' },
  ],
  become: { how: 'sudo', password: 'root' },
  via: [
    { host: 'outer', port: 22, user: 'a', hostKey: 'ssh-rsa OUTER', privateKey: 'KEY A', poolKey: 'a' },
    {
      ...{ host: 'inner', port: 23, user: 'b', hostKey: 'ssh-rsa INNER', poolKey: 'b' },
      ways: [{ kind: 'agent', socket: '/run/agent' }],
    },
  ],
};

describe("Ansible's way to a machine", () => {
  it('knows exactly the host keys that are expected, and checks them', () => {
    expect(knownHosts(machine)).toBe(
      'mw-machine ssh-ed25519 MACHINE\nmw-jump-1 ssh-rsa INNER\nmw-jump-2 ssh-rsa OUTER\n',
    );
    const config = sshConfig('/w', machine);
    expect(config).toContain('UserKnownHostsFile /w/known_hosts\n');
    expect(config).toContain('StrictHostKeyChecking yes\n');
    expect(config).toContain('GlobalKnownHostsFile /dev/null\n');
  });

  it('goes through the jump hosts in their order, each with its own login', () => {
    expect(sshConfig('/w', machine).split('Host *')[0]).toBe(`Host mw-jump-1
  HostName inner
  Port 23
  User b
  HostKeyAlias mw-jump-1
  IdentityAgent /run/agent
  IdentitiesOnly no
  ProxyJump mw-jump-2
Host mw-jump-2
  HostName outer
  Port 22
  User a
  HostKeyAlias mw-jump-2
  IdentityFile /w/mw-jump-2.0
  IdentityAgent none
  IdentitiesOnly yes
  ProxyJump none
`);
    expect(secretsOf(machine)).toEqual([
      ['mw-machine.0', 'KEY ONE'],
      ['mw-jump-2.0', 'KEY A'],
    ]);
  });

  it('logs in and becomes root as the site does, under the names of machine and group', () => {
    const order = { machine: 'web-1', group: 'web', ssh: machine } as PlaybookOrder;
    expect(inventory(order)).toEqual({
      web: {
        hosts: {
          'web-1': {
            ...{ ansible_connection: 'ssh', ansible_host: '192.0.2.7', ansible_port: 2222 },
            ...{ ansible_user: 'deploy', ansible_password: 'login', ansible_become: true },
            ...{ ansible_become_method: 'sudo', ansible_become_password: 'root' },
          },
        },
      },
    });
  });
});
