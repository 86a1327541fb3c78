import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MillwrightError, sha256Hex } from '../../model/index.js';
import { runSupervised } from './process.js';

const installMs = 15 * 60_000;

export interface Fetching {
  readonly stateDir: string;
  readonly python: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * Folder of the roles and collections that a requirements file names, fetched once per text of it by `ansible-galaxy` from
 * what the site can reach. MW-ANSIBLE-REQUIREMENTS.
 */
export async function ensureRequirements(text: Uint8Array, fetching: Fetching): Promise<string> {
  const dir = join(fetching.stateDir, 'ansible', 'requirements', sha256Hex(text).slice(0, 16));
  if (await stat(dir).catch(() => undefined)) return dir;
  const half = `${dir}.new-${process.pid}-${Date.now()}`;
  try {
    await mkdir(half, { recursive: true });
    const file = join(half, 'requirements.yml');
    await writeFile(file, text);
    await writeFile(join(half, 'ansible.cfg'), '');
    const galaxy = (...args: string[]) => fetchWith(fetching, half, args);
    await galaxy('role', 'install', '--role-file', file, '--roles-path', join(half, 'roles'));
    await galaxy('collection', 'install', '--requirements-file', file, '--collections-path', half);
    await rename(half, dir).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
    return dir;
  } finally {
    await rm(half, { recursive: true, force: true });
  }
}

async function fetchWith({ python, env, signal }: Fetching, cwd: string, args: string[]): Promise<void> {
  const said: string[] = [];
  const argv = [python, '-m', 'ansible', 'galaxy', ...args];
  const onLine = (line: string): void => void said.push(line);
  const { exit, timedOut } = await runSupervised({
    ...{ python, argv, cwd, signal, onLine, timeoutMs: installMs },
    env: { ...env, ANSIBLE_HOME: join(cwd, 'home'), ANSIBLE_CONFIG: join(cwd, 'ansible.cfg') },
  });
  if (exit === 0) return;
  const how = timedOut
    ? `did not end within ${installMs / 60_000} minutes`
    : `exited ${exit ?? 'by a signal'}`;
  throw new MillwrightError(
    {
      code: 'MW-ANSIBLE-REQUIREMENTS',
      cause: 'infrastructure',
      message: `ansible-galaxy ${args[0]} install ${how}: the site could not fetch what \`requirements\` names`,
      detail: said.slice(-10),
      remedy:
        'let the host of the site reach the servers it names, or keep roles and collections in the fleet',
    },
    true,
  );
}
