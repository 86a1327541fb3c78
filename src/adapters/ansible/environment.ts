import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MillwrightError, sha256Hex } from '../../model/index.js';
import { runSupervised } from './process.js';

const requirements = fileURLToPath(new URL('./requirements.txt', import.meta.url));
const installMs = 15 * 60_000;

export type Environment = Readonly<Record<string, string | undefined>>;

/** What lets programs be found and servers be reached; anything else of the worker's environment stays with it. */
export function reachable(env: Environment): Record<string, string> {
  const wanted = /^(PATH|HOME|PIP_[A-Z_]+|(https?|no|all)_proxy|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE)$/i;
  return Object.fromEntries(
    Object.entries(env).filter((one): one is [string, string] => wanted.test(one[0]) && one[1] !== undefined),
  );
}

/** Where the site keeps Ansible: one folder per list of pinned packages. */
export async function environmentDir(stateDir: string): Promise<string> {
  return join(stateDir, 'ansible', sha256Hex(await readFile(requirements)).slice(0, 16));
}

/** Version of ansible-core in the environment of its own, or undefined where it is not made yet. */
export async function installedVersion(stateDir: string): Promise<string | undefined> {
  const text = await readFile(join(await environmentDir(stateDir), 'complete'), 'utf8').catch(() => '');
  return text.trim() || undefined;
}

export const pinnedVersion = async (): Promise<string> =>
  /^ansible-core==(.*)$/m.exec(await readFile(requirements, 'utf8'))?.[1] ?? '';

/** Python of the environment, which is made by venv and pip if it isn't there. MW-ANSIBLE-SETUP. */
export async function ensureEnvironment(
  stateDir: string,
  env: Environment,
  signal: AbortSignal,
): Promise<string> {
  const dir = await environmentDir(stateDir);
  if ((await installedVersion(stateDir)) === undefined) await make(dir, reachable(env), signal);
  return join(dir, 'bin', 'python');
}

/** Made aside and renamed, so that one that was broken off is never taken for whole. Two may be at it at a time. */
async function make(dir: string, env: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void> {
  const parent = join(dir, '..');
  await mkdir(parent, { recursive: true });
  await removeDead(parent);
  const half = `${dir}.new-${process.pid}-${Date.now()}`;
  try {
    const step = (...argv: string[]) => install(argv, parent, env, signal);
    await step('/usr/bin/env', 'python3', '-m', 'venv', half);
    await step(
      join(half, 'bin', 'python'),
      ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'],
      ...['--requirement', requirements],
    );
    await writeFile(join(half, 'complete'), `${await pinnedVersion()}\n`);
    await rename(half, dir).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(half, { recursive: true, force: true });
  }
}

async function install(
  argv: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const said: string[] = [];
  const run = {
    argv,
    cwd,
    env,
    signal,
    timeoutMs: installMs,
    onLine: (line: string) => void said.push(line),
  };
  const { exit, timedOut } = await runSupervised({ ...run, python: 'python3' }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw unusable('python3 cannot be started', [String(error)]);
  });
  if (timedOut) throw unusable(`${argv.join(' ')} did not end within ${installMs / 60_000} minutes`, said);
  if (exit !== 0) throw unusable(`${argv.join(' ')} exited ${exit ?? 'by a signal'}`, said);
}

/** What workers that died half-way left. */
async function removeDead(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = Number(/\.new-(\d+)-/.exec(name)?.[1]);
    if (pid > 0 && !isAlive(pid)) await rm(join(parent, name), { recursive: true, force: true });
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const unusable = (message: string, said: readonly string[]): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-ANSIBLE-SETUP',
      cause: 'infrastructure',
      message: `Ansible's environment cannot be made on the host of the site: ${message}`,
      detail: said.slice(-10),
      remedy:
        'millwright doctor --fix says what is lacking: python3 (3.11 or later), python3-venv, a way to PyPI',
    },
    true,
  );
