import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { failure } from './fail.js';
import { beside, hasCode, readText } from './files.js';
import { isAlive, type ProcessId, processState, self } from './processes.js';
import { ask } from './tools.js';

type FileHandle = Awaited<ReturnType<typeof open>>;

/** A lock that is held. It goes with the process: the kernel frees it however the holder dies. */
export interface Held {
  readonly path: string;
  readonly fd: number;
  readonly inode: number;
  /** Throws MW-LOCK-LOST when another attempt took the lock over while this process was frozen. */
  assert(): Promise<void>;
}

export interface LockOptions {
  readonly signal?: AbortSignal;
  /** Called about once a second while another process holds the lock. */
  readonly waiting?: (holder: ProcessId | undefined) => void;
  /** How long to wait for a holder that lives; default 120 s. */
  readonly patienceMs?: number;
}

/** After how long a holder that is stopped, or one that nobody can name, is passed over. */
const FROZEN_MS = 2000;
const NAMELESS_MS = 5000;

/** Runs `act` under the exclusive lock at `path`, between processes as within one. */
export async function withLock<T>(
  path: string,
  options: LockOptions,
  act: (held: Held) => Promise<T>,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const file = await acquire(path, options);
  try {
    const { ino } = await file.stat();
    const held = { path, fd: file.fd, inode: ino, assert: () => assertHeld(path, ino) };
    return await act(held);
  } finally {
    await file.truncate(0).catch(() => undefined);
    await file.close();
  }
}

/** Who holds the lock right now; undefined when nobody who lives does. */
export async function lockHolder(path: string): Promise<ProcessId | undefined> {
  const holder = parseHolder(await readText(path));
  return holder && (await isAlive(holder)) ? holder : undefined;
}

async function acquire(path: string, options: LockOptions): Promise<FileHandle> {
  const { signal, waiting, patienceMs = 120_000 } = options;
  const begun = Date.now();
  let stuckSince: number | undefined;
  for (let round = 0; ; round++) {
    signal?.throwIfAborted();
    const file = await tryLock(path);
    if (file) return file;
    const holder = await lockHolder(path);
    const limit = await stuckAfter(holder);
    stuckSince = limit === undefined ? undefined : (stuckSince ?? Date.now());
    // Waiting for a stopped process may last forever; it looks at the lock again before each act that counts.
    if (limit && stuckSince && Date.now() - stuckSince > limit) return takeOver(path);
    if (Date.now() - begun > patienceMs) throw busy(path, holder);
    if (round % 10 === 9) waiting?.(holder);
    await sleep(Math.min(20 * (round + 1), 200), undefined, { signal });
  }
}

async function tryLock(path: string): Promise<FileHandle | undefined> {
  const file = await open(path, 'a+', 0o600);
  try {
    // flock(1) locks the open file it inherits, which stays ours after it has ended.
    const { code } = await ask('flock', ['-x', '-n', '3'], { fd3: file.fd });
    if (code === 0 && (await isAt(path, (await file.stat()).ino))) return await signed(file);
  } catch (error) {
    await file.close();
    throw error;
  }
  await file.close();
  return undefined;
}

/** Puts a new file, locked by us, in the place of one whose holder is stopped. */
async function takeOver(path: string): Promise<FileHandle> {
  const fresh = beside(path);
  const file = await tryLock(fresh);
  if (!file) throw busy(path, undefined);
  await rename(fresh, path).catch(async (error) => {
    await rm(fresh, { force: true });
    throw error;
  });
  return file;
}

async function signed(file: FileHandle): Promise<FileHandle> {
  await file.truncate(0);
  await file.write(JSON.stringify(await self()));
  return file;
}

async function assertHeld(path: string, inode: number): Promise<void> {
  if (await isAt(path, inode)) return;
  throw failure('MW-LOCK-LOST', `another attempt went on while this process was stopped (${path})`, {
    retryable: true,
  });
}

const isAt = (path: string, inode: number): Promise<boolean> =>
  stat(path).then(
    ({ ino }) => ino === inode,
    (error) => {
      if (hasCode(error, 'ENOENT')) return false;
      throw error;
    },
  );

/** A process may be stopped before it has signed the lock, or after it has taken its name off. */
async function stuckAfter(holder: ProcessId | undefined): Promise<number | undefined> {
  if (!holder) return NAMELESS_MS;
  const state = (await processState(holder.pid))?.state;
  return state === 'T' || state === 't' ? FROZEN_MS : undefined;
}

function parseHolder(text: string | undefined): ProcessId | undefined {
  try {
    return text ? (JSON.parse(text) as ProcessId) : undefined;
  } catch {
    return undefined;
  }
}

const busy = (path: string, holder: ProcessId | undefined) =>
  failure('MW-LOCK-BUSY', `process ${holder?.pid ?? 'unknown'} holds ${path} for a long time`, {
    retryable: true,
    remedy: holder && `look what process ${holder.pid} waits for`,
  });
