import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { ulid } from 'ulid';
import { type EnvironmentRef, MillwrightError } from '../model/index.js';
import type { Endpoint, Provider } from '../providers/port.js';
import type { MachineRow } from '../record/port.js';
import type { Settings } from '../settings.js';
import { execStart } from '../workflows/start.js';
import type { Context } from './context.js';
import { execMachine } from './execute.js';
import { Exit } from './exit.js';
import { siteHere } from './localSite.js';
import type { Stores } from './stores.js';
import type { Engine } from './temporal.js';
import { who } from './who.js';

/** The system's own ssh with the site's key, and no host key accepted but the one we made. */
export async function openShell(
  context: Context,
  engine: Engine,
  stores: Stores,
  environment: EnvironmentRef,
  row: MachineRow,
  command: readonly string[],
): Promise<number> {
  const settings = context.settings();
  const provider = await providerOf(settings, row);
  const machine = await execMachine(stores, environment, row);
  await note(engine, environment, machine, command);
  const endpoint = await provider.reach(machine.instance, 22);
  try {
    return await spawnSsh(settings, row, endpoint, command);
  } finally {
    await endpoint.release();
  }
}

async function providerOf(settings: Settings, row: MachineRow): Promise<Provider> {
  const here = await siteHere(settings);
  if (here?.site === row.site) return here.provider;
  throw new MillwrightError(
    {
      code: 'MW-SSH-SITE',
      cause: 'change',
      message: `${row.ref.machine} is at site ${row.site}, and only that site's host holds its login key.`,
      remedy: `Run millwright ssh there, or use: millwright exec ${row.ref.machine} -- COMMAND`,
    },
    false,
  );
}

/** A harmless command through the exec workflow: Temporal's history keeps who opened a shell where, and what with. */
async function note(
  engine: Engine,
  environment: EnvironmentRef,
  machine: Awaited<ReturnType<typeof execMachine>>,
  command: readonly string[],
): Promise<void> {
  const by = who();
  const options = execStart({
    ...environment,
    ulid: ulid(),
    by,
    argv: ['true', 'ssh', ...command],
    timeoutMs: 30_000,
    maxParallel: 1,
    machines: [machine],
  });
  await engine.client.workflow.start('exec', {
    ...options,
    staticSummary: `ssh to ${machine.machine} by ${by}${command.length > 0 ? `: ${command.join(' ').slice(0, 120)}` : ''}`,
  });
}

async function spawnSsh(
  settings: Settings,
  row: MachineRow,
  endpoint: Endpoint,
  command: readonly string[],
): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'millwright-ssh-'));
  try {
    const knownHosts = join(dir, 'known_hosts');
    writeFileSync(knownHosts, `${row.ref.machine} ${row.instance?.hostKey.trim()}\n`, { mode: 0o600 });
    const options = sshOptions({
      key: join(settings.state, 'keys', 'login', 'id_ed25519'),
      knownHosts,
      machine: row.ref.machine,
    });
    const { exitCode } = await execa(
      'ssh',
      [...options, '-p', String(endpoint.port), `root@${endpoint.host}`, ...remote(command)],
      {
        stdio: 'inherit',
        reject: false,
      },
    );
    return exitCode ?? Exit.failed;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** `HostKeyAlias` binds the key to the machine, whatever port it is forwarded to today. */
export const sshOptions = (o: { key: string; knownHosts: string; machine: string }): string[] =>
  [
    `IdentityFile=${o.key}`,
    'IdentitiesOnly=yes',
    `UserKnownHostsFile=${o.knownHosts}`,
    'GlobalKnownHostsFile=/dev/null',
    `HostKeyAlias=${o.machine}`,
    'StrictHostKeyChecking=yes',
    'PasswordAuthentication=no',
    'LogLevel=ERROR',
  ].flatMap((option) => ['-o', option]);

/** ssh joins its arguments with spaces and gives them to a shell: quoting keeps them apart. */
const remote = (command: readonly string[]): string[] =>
  command.length === 0 ? [] : ['--', command.map((word) => `'${word.replace(/'/g, `'\\''`)}'`).join(' ')];
