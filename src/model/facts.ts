/** Values that a fact can have; numbers are compared by size, memory in MiB; undefined: any text. */
interface FactKind {
  readonly about: string;
  readonly values?: readonly string[];
  readonly number?: true;
  /** Names under which people know a value. */
  readonly also?: Readonly<Record<string, string>>;
}

const architectures = { amd64: 'x86_64', x64: 'x86_64', arm64: 'aarch64' };

/** What a machine can be asked about itself in `when`: a closed list that only grows, the same on every system. */
export const machineFacts = {
  'os.family': {
    about: 'kin of the distribution',
    values: ['debian', 'redhat', 'suse', 'arch', 'alpine', 'unknown'],
    also: { ubuntu: 'debian', rhel: 'redhat', fedora: 'redhat', centos: 'redhat' },
  },
  'os.id': { about: 'ID of /etc/os-release, e.g. debian, ubuntu, rocky' },
  'os.version': { about: 'VERSION_ID of /etc/os-release, e.g. "12"' },
  architecture: { about: 'as `uname -m` says, e.g. x86_64, aarch64', also: architectures },
  init: { about: 'what starts services', values: ['systemd', 'openrc', 'other'] },
  packageManager: {
    about: 'the first that is there',
    values: ['apt', 'dnf', 'yum', 'apk', 'zypper', 'pacman', 'none'],
  },
  virtualization: {
    about: 'what it runs in',
    values: [
      ...['none', 'qemu', 'vmware', 'virtualbox', 'hyperv', 'xen', 'amazon', 'google'],
      ...['docker', 'podman', 'lxc', 'container', 'other'],
    ],
    also: { kvm: 'qemu' },
  },
  memory: { about: 'main memory as the kernel counts it, MiB', number: true },
  cpus: { about: 'processors online', number: true },
  hostname: { about: 'name that the kernel has for it' },
} as const satisfies Readonly<Record<string, FactKind>>;

export type FactName = keyof typeof machineFacts;
export const factNames = Object.keys(machineFacts) as readonly FactName[];
export const factKind = (name: FactName): FactKind => machineFacts[name];

/** What other machines may know of a machine besides: its IPv4 addresses, the first and all of them, blanks between. */
export const publishedFacts: readonly string[] = [...factNames, 'address', 'addresses'];
