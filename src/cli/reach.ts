import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { type EnvironmentRef, type MachineConnection, MillwrightError } from '../model/index.js';
import type { Provider } from '../providers/port.js';
import type { MachineRow } from '../record/port.js';
import type { Settings } from '../settings.js';
import type { ExecMachine } from '../workflows/lookTypes.js';
import { execStart } from '../workflows/start.js';
import type { Context } from './context.js';
import { siteHere } from './localSite.js';
import { operateMachineOf } from './operate/machines.js';
import type { Stores } from './stores.js';
import type { Engine } from './temporal.js';
import { who } from './who.js';

export interface Reaching {
  readonly context: Context;
  readonly engine: Engine;
  readonly stores: Stores;
  readonly environment: EnvironmentRef;
}

/** Arguments of the system's ssh that lead to one machine: the site's key, and no host key but the one we made. */
export interface Way {
  /** Followed by nothing for a shell, or by one word for the machine's own shell. */
  readonly ssh: readonly string[];
}

/** Notes who reaches for which machine and what for, and opens the way there while `use` runs. */
export async function reach<T>(
  { context, engine, stores, environment }: Reaching,
  row: MachineRow,
  what: readonly string[],
  use: (way: Way) => Promise<T>,
): Promise<T> {
  const settings = context.settings();
  if (row.instance?.connection)
    return reachExisting({ context, engine, stores, environment }, row, what, use);
  const provider = await providerOf(settings, row, what[0] ?? 'ssh');
  const machine = await operateMachineOf(stores, environment, row);
  await note(engine, environment, machine, what);
  const endpoint = await provider.reach(machine.instance, 22);
  const dir = mkdtempSync(join(tmpdir(), 'millwright-ssh-'));
  try {
    const knownHosts = join(dir, 'known_hosts');
    writeFileSync(knownHosts, `${row.ref.machine} ${row.instance?.hostKey.trim()}\n`, { mode: 0o600 });
    const key = join(settings.state, 'keys', 'login', 'id_ed25519');
    const options = sshOptions({ key, knownHosts, machine: row.ref.machine });
    return await use({ ssh: [...options, '-p', String(endpoint.port), `root@${endpoint.host}`] });
  } finally {
    rmSync(dir, { recursive: true, force: true });
    await endpoint.release();
  }
}

/** One that exists already is reached as whoever types this reaches it: own keys and ~/.ssh/config, and its declared key. */
async function reachExisting<T>(
  { engine, stores, environment }: Reaching,
  row: MachineRow,
  what: readonly string[],
  use: (way: Way) => Promise<T>,
): Promise<T> {
  const { connection } = row.instance ?? {};
  if (!connection) throw new Error(`${row.ref.machine} has no connection`);
  await note(engine, environment, await operateMachineOf(stores, environment, row), what);
  const dir = mkdtempSync(join(tmpdir(), 'millwright-ssh-'));
  try {
    const knownHosts = join(dir, 'known_hosts');
    writeFileSync(knownHosts, `${row.ref.machine} ${connection.hostKey}\n`, { mode: 0o600 });
    return await use({ ssh: existingOptions(connection, knownHosts, row.ref.machine) });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Jump hosts prove themselves by the known_hosts of whoever types this. */
export function existingOptions(
  { host, port, user, via }: MachineConnection,
  knownHosts: string,
  machine: string,
): string[] {
  const options = [
    `UserKnownHostsFile=${knownHosts}`,
    'GlobalKnownHostsFile=/dev/null',
    `HostKeyAlias=${machine}`,
    'StrictHostKeyChecking=yes',
    'LogLevel=ERROR',
    ...(via === undefined ? [] : [`ProxyJump=${via.length === 0 ? 'none' : via.join(',')}`]),
    ...(port === undefined ? [] : [`Port=${port}`]),
    ...(user === undefined ? [] : [`User=${user}`]),
  ];
  return [...options.flatMap((option) => ['-o', option]), host];
}

async function providerOf(settings: Settings, row: MachineRow, verb: string): Promise<Provider> {
  const here = await siteHere(settings);
  if (here?.site === row.site) return here.provider;
  throw new MillwrightError(
    {
      code: 'MW-SSH-SITE',
      cause: 'change',
      message: `${row.ref.machine} is at site ${row.site}, and only that site's host holds its login key.`,
      remedy: `Run millwright ${verb} there, or use: millwright exec ${row.ref.machine} -- COMMAND`,
    },
    false,
  );
}

/** A harmless command through the exec workflow: Temporal's history keeps who reached for which machine, and what for. */
async function note(
  engine: Engine,
  environment: EnvironmentRef,
  machine: ExecMachine,
  what: readonly string[],
): Promise<void> {
  const by = who();
  const [verb = 'ssh', ...words] = what;
  const options = execStart({
    ...environment,
    ulid: ulid(),
    by,
    argv: ['true', ...what],
    timeoutMs: 30_000,
    maxParallel: 1,
    machines: [machine],
  });
  const more = words.length > 0 ? `: ${words.join(' ').slice(0, 120)}` : '';
  await engine.client.workflow.start('exec', {
    ...options,
    staticSummary: `${verb} to ${machine.machine} by ${by}${more}`,
  });
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
export const remoteWords = (command: readonly string[]): string =>
  command.map((word) => `'${word.replace(/'/g, `'\\''`)}'`).join(' ');
