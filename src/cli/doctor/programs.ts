import { execa } from 'execa';
import type { Component, Finding } from './types.js';

interface Program {
  readonly program: string;
  readonly package: string;
}

const component = (name: string, ...programs: readonly Program[]): Component => ({
  name,
  inspect: async () => finding(programs, await locate(programs.map((one) => one.program))),
});

/** Programs of other people that the site's worker calls, by the Debian package that brings them. */
export const programs: readonly Component[] = [
  component('QEMU', { program: 'qemu-system-x86_64', package: 'qemu-system-x86' }),
  component('qemu-img', { program: 'qemu-img', package: 'qemu-utils' }),
  component(
    'image tools',
    { program: 'mmdebstrap', package: 'mmdebstrap' },
    { program: 'mke2fs', package: 'e2fsprogs' },
    { program: 'cpio', package: 'cpio' },
    { program: 'xz', package: 'xz-utils' },
    { program: 'flock', package: 'util-linux' },
  ),
  component(
    'OpenSSH client',
    { program: 'ssh', package: 'openssh-client' },
    { program: 'ssh-keygen', package: 'openssh-client' },
  ),
];

function finding(wanted: readonly Program[], found: ReadonlyMap<string, string>): Finding {
  const lacking = wanted.filter((one) => !found.has(one.program));
  if (lacking.length === 0) return { state: 'ok', text: [...found.values()].join(' ') };
  const packages = [...new Set(lacking.map((one) => one.package))];
  return {
    state: 'missing',
    text: `${lacking.map((one) => one.program).join(', ')} not found`,
    remedy: `apt-get install ${packages.join(' ')}`,
    fix: { by: 'apt', packages },
  };
}

/** Paths of programs on PATH or in the system folders that an ordinary user's PATH leaves out. */
export async function locate(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const script =
    'PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; for p do printf "%s\\n" "$p=$(command -v "$p")"; done';
  const { stdout } = await execa('sh', ['-c', script, 'sh', ...names]);
  const pairs = stdout.split('\n').map((line): [string, string] => {
    const at = line.indexOf('=');
    return [line.slice(0, at), line.slice(at + 1)];
  });
  return new Map(pairs.filter(([, path]) => path !== ''));
}
