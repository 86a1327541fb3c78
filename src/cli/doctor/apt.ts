import { execa } from 'execa';
import { MillwrightError } from '../../model/index.js';
import { locate } from './programs.js';

/** How packages can be installed here: nothing before the command, sudo before it, or not at all. */
export type Privilege = 'root' | 'sudo' | 'none';

export async function privilege(): Promise<Privilege> {
  if (!(await locate(['apt-get'])).has('apt-get')) return 'none';
  if (process.getuid?.() === 0) return 'root';
  const sudo = await execa('sudo', ['-n', 'true'], { reject: false });
  return sudo.exitCode === 0 ? 'sudo' : 'none';
}

/** `84.2 MB download, 312 MB on disk`, as apt says it; undefined where apt can't tell. */
export async function estimate(packages: readonly string[]): Promise<string | undefined> {
  const { stdout } = await execa(
    'apt-get',
    ['install', '--assume-no', '--no-install-recommends', ...packages],
    {
      reject: false,
      env: { LC_ALL: 'C' },
    },
  );
  const get = /Need to get ([\d.,]+ [kMG]?B)/.exec(stdout)?.[1];
  const disk = /([\d.,]+ [kMG]?B) of additional disk space/.exec(stdout)?.[1];
  return get && disk ? `${get} download, ${disk} on disk` : undefined;
}

/** Refreshes the package lists and installs, waiting for another apt that runs; its output goes to `say` on failure. */
export async function install(packages: readonly string[], how: Privilege): Promise<void> {
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  await aptGet(how, ['update', ...wait]);
  await aptGet(how, ['install', '-y', '--no-install-recommends', ...wait, ...packages]);
}

async function aptGet(how: Privilege, args: readonly string[]): Promise<void> {
  const command = ['env', 'DEBIAN_FRONTEND=noninteractive', 'LC_ALL=C', 'apt-get', '-q', ...args];
  const [program = 'env', ...rest] = how === 'sudo' ? ['sudo', '-n', ...command] : command;
  const { exitCode, all, failed } = await execa(program, rest, { reject: false, all: true });
  if (!failed) return;
  throw new MillwrightError(
    {
      code: 'MW-DOCTOR-APT',
      cause: 'infrastructure',
      message: `apt-get ${args[0]} ended with ${exitCode ?? 'a signal'}.`,
      detail: (all ?? '').trimEnd().split('\n').slice(-8),
      remedy: `Put apt right, then run \`millwright doctor --fix\` again.`,
    },
    true,
  );
}
