import { join } from 'node:path';
import type { SshTarget } from '../../ssh/port.js';
import type { PlaybookOrder } from '../port.js';

/** Names under which keys and host keys of the machine and its jump hosts are kept. */
const alias = (index: number): string => (index === 0 ? 'mw-machine' : `mw-jump-${index}`);

/** The machine first, then its jump hosts, the nearest to it first. */
const hops = (ssh: SshTarget): readonly SshTarget[] => [ssh, ...[...(ssh.via ?? [])].reverse()];

const keysOf = ({ privateKey, ways }: SshTarget): readonly string[] =>
  ways?.flatMap((way) => (way.kind === 'key' ? [way.privateKey] : [])) ?? (privateKey ? [privateKey] : []);

/** Private keys by the names of their files. */
export const secretsOf = (ssh: SshTarget): [string, string][] =>
  hops(ssh).flatMap((hop, index) =>
    keysOf(hop).map((key, i): [string, string] => [`${alias(index)}.${i}`, key]),
  );

/** Exactly the host keys that are expected. */
export const knownHosts = (ssh: SshTarget): string =>
  hops(ssh)
    .map(({ hostKey }, index) => `${alias(index)} ${hostKey}\n`)
    .join('');

/** The whole configuration of Ansible's ssh: the way to one machine, and nothing that is not listed. */
export function sshConfig(dir: string, ssh: SshTarget): string {
  const all = hops(ssh);
  const blocks = all.slice(1).flatMap((hop, i) => {
    const index = i + 1;
    return [
      ...[`Host ${alias(index)}`, `  HostName ${hop.host}`, `  Port ${hop.port}`, `  User ${hop.user}`],
      ...way(dir, hop, index, all.length).map((line) => `  ${line}`),
    ];
  });
  return `${[...blocks, 'Host *', ...way(dir, ssh, 0, all.length), ...common(dir)].join('\n')}\n`;
}

function way(dir: string, hop: SshTarget, index: number, count: number): string[] {
  const agent = hop.ways?.find((one) => one.kind === 'agent');
  return [
    `HostKeyAlias ${alias(index)}`,
    ...keysOf(hop).map((_, i) => `IdentityFile ${join(dir, `${alias(index)}.${i}`)}`),
    `IdentityAgent ${agent?.kind === 'agent' ? agent.socket : 'none'}`,
    `IdentitiesOnly ${agent === undefined ? 'yes' : 'no'}`,
    `ProxyJump ${index + 1 < count ? alias(index + 1) : 'none'}`,
  ];
}

const common = (dir: string): string[] =>
  Object.entries({
    UserKnownHostsFile: join(dir, 'known_hosts'),
    GlobalKnownHostsFile: '/dev/null',
    StrictHostKeyChecking: 'yes',
    UpdateHostKeys: 'no',
    ForwardAgent: 'no',
    ControlMaster: 'auto',
    ControlPersist: '60',
    ControlPath: join(dir, 'c-%C'),
    ServerAliveInterval: '15',
  }).map(([name, value]) => `${name} ${value}`);

/** One machine in its group, for `hosts: all`, its name or its group. */
export const inventory = ({ machine, group, ssh }: PlaybookOrder) => ({
  [group]: { hosts: { [machine]: { ...login(ssh), ...become(ssh) } } },
});

function login(ssh: SshTarget): Record<string, string | number> {
  const way = ssh.ways?.find((one) => one.kind === 'password');
  return {
    ...{ ansible_connection: 'ssh', ansible_host: ssh.host, ansible_port: ssh.port, ansible_user: ssh.user },
    ...(way?.kind === 'password' ? { ansible_password: way.password } : {}),
  };
}

const become = ({ become }: SshTarget): Record<string, string | boolean> =>
  become === undefined
    ? {}
    : {
        ...{ ansible_become: true, ansible_become_method: become.how },
        ...(become.password === undefined ? {} : { ansible_become_password: become.password }),
      };
