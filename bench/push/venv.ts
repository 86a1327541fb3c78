import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './command.js';

/**
 * A Python environment that holds exactly these packages (`name==version`), made on first use where the tests keep their
 * images. Gives back its folder of programs.
 */
export async function venv(packages: readonly string[], say: (line: string) => void): Promise<string> {
  const cache = join(process.env.MILLWRIGHT_TEST_STATE ?? join(tmpdir(), 'millwright-test'), 'peers');
  const dir = join(cache, packages.join('+').replaceAll('==', '-'));
  const made = join(dir, 'complete');
  if (existsSync(made)) return join(dir, 'bin');
  say(`installing ${packages.join(', ')} from PyPI`);
  await mkdir(cache, { recursive: true });
  await rm(dir, { recursive: true, force: true });
  // Programs of an environment name its folder, so that it can't be made elsewhere and moved.
  await run(['python3', '-m', 'venv', dir]);
  const pip = join(dir, 'bin', 'pip');
  await run([pip, 'install', '--quiet', '--disable-pip-version-check', ...packages]);
  await mkdir(`${made}.new`);
  await rename(`${made}.new`, made);
  return join(dir, 'bin');
}
