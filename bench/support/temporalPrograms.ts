import { execFile } from 'node:child_process';
import { access, constants, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { loadSettings } from '../../src/settings.js';

/** Programs of the real Temporal server. */
export interface Programs {
  readonly server: string;
  /** Makes the schema of its databases. */
  readonly sqlTool: string;
}

/** The one that the Temporal CLI of `millwright doctor --fix` contains. */
const version = 'v1.32.0';

/** Those that are named, else those that were built before, else they are built, which takes minutes. */
export async function findPrograms(
  named: string | undefined,
  say: (line: string) => void,
): Promise<Programs> {
  if (named !== undefined) return usable(named, 'temporal-server', 'temporal-sql-tool');
  const bin = join(loadSettings({}).state, 'bin');
  const server = join(bin, `temporal-server-${version}`);
  const built = () => usable(server, `temporal-server-${version}`, `temporal-sql-tool-${version}`);
  if (await isProgram(server)) return built();
  say(`Building Temporal's server ${version}: a few minutes, once.`);
  await build(bin);
  return built();
}

async function usable(server: string, name: string, sqlTool: string): Promise<Programs> {
  const programs = { server, sqlTool: join(dirname(server), sqlTool) };
  for (const path of Object.values(programs))
    if (!(await isProgram(path)))
      throw new Error(`${path} can't be run: --temporal-server wants ${name} with ${sqlTool} beside it`);
  return programs;
}

const isProgram = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

/** Under other names until both are there. */
async function build(bin: string): Promise<void> {
  await mkdir(bin, { recursive: true });
  const made = await mkdtemp(join(bin, 'build-'));
  const packages = ['cmd/server', 'cmd/tools/sql'].map((name) => `go.temporal.io/server/${name}@${version}`);
  try {
    await promisify(execFile)('go', ['install', ...packages], { env: { ...process.env, GOBIN: made } });
    await rename(join(made, 'sql'), join(bin, `temporal-sql-tool-${version}`));
    await rename(join(made, 'server'), join(bin, `temporal-server-${version}`));
  } catch (cause) {
    const remedy =
      'It needs go 1.26 and the Go modules; or name a server that you have by --temporal-server PATH.';
    throw new Error(`Temporal's server ${version} couldn't be built. ${remedy}`, { cause });
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}
