import { abortable } from './abortable.js';
import { connect } from './connect.js';
import { forward } from './forward.js';
import { Jumps } from './jumps.js';
import type { LaneOptions } from './lane.js';
import { Machine } from './machine.js';
import type { SshPool, SshSession, SshTarget } from './port.js';
import { upload } from './upload.js';

export interface SshPoolOptions extends Partial<LaneOptions> {
  /** An unused connection is closed after this, ms. Default 60,000. */
  readonly idleCloseMs?: number;
}

const defaults = {
  bannerMs: 10_000,
  loginMs: 30_000,
  keepaliveMs: 15_000,
  maxSessions: 10,
  idleCloseMs: 60_000,
};

interface Entry {
  readonly machine: Machine;
  users: number;
  idle?: NodeJS.Timeout;
}

/** Connections by pool key. Three unanswered keepalives end one; whoever uses it next makes a new one. */
export function createSshPool(options: SshPoolOptions = {}): SshPool {
  const jumps: Jumps = new Jumps((jump) => connect(jump, settings, 'login', jumps));
  const settings = { ...defaults, ...options, jumps };
  const entries = new Map<string, Entry>();

  const forget = (poolKey: string): void => {
    const entry = entries.get(poolKey);
    entries.delete(poolKey);
    clearTimeout(entry?.idle);
    entry?.machine.retire();
  };

  const entryFor = (target: SshTarget): Entry => {
    const known = entries.get(target.poolKey);
    if (known && sameTarget(known.machine.target, target)) return known;
    forget(target.poolKey);
    const entry = { machine: new Machine(target, settings), users: 0 };
    entries.set(target.poolKey, entry);
    return entry;
  };

  const release = (entry: Entry): void => {
    entry.users -= 1;
    if (entry.users > 0) return;
    const { poolKey } = entry.machine.target;
    if (entries.get(poolKey) !== entry) return;
    entry.idle = setTimeout(() => forget(poolKey), settings.idleCloseMs).unref();
  };

  return {
    async withSession(target, use, { signal, fresh = false } = {}) {
      if (fresh) return onItsOwn(new Machine(target, settings), use, signal);
      const entry = entryFor(target);
      entry.users += 1;
      clearTimeout(entry.idle);
      try {
        return await on(entry.machine, use, signal);
      } finally {
        release(entry);
      }
    },
    async probe(target, timeoutMs) {
      const link = await connect(
        target,
        { ...settings, bannerMs: timeoutMs, loginMs: timeoutMs },
        'probe',
        jumps,
      );
      link.end();
      return { banner: link.banner };
    },
    forward: (target, port) => forward(target, port, jumps),
    forget,
    async close() {
      for (const poolKey of [...entries.keys()]) forget(poolKey);
      jumps.close();
    },
  };
}

type Use<T> = (session: SshSession) => Promise<T>;

async function on<T>(machine: Machine, use: Use<T>, signal?: AbortSignal): Promise<T> {
  const { banner } = await abortable(machine.open(), signal);
  return use(session(machine, banner));
}

async function onItsOwn<T>(machine: Machine, use: Use<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await on(machine, use, signal);
  } finally {
    machine.retire();
  }
}

function session(machine: Machine, banner: string): SshSession {
  return {
    banner,
    exec: (argv, options) => machine.exec(argv, options),
    upload: (path, bytes, mode) =>
      upload(machine.target, (argv, options) => machine.exec(argv, options), { path, bytes, mode }),
  };
}

/** A machine that came back on another port or with another key is another connection under the same key. */
const sameTarget = (a: SshTarget, b: SshTarget): boolean =>
  a.host === b.host &&
  a.port === b.port &&
  a.user === b.user &&
  a.hostKey === b.hostKey &&
  a.privateKey === b.privateKey &&
  JSON.stringify([a.ways, a.become, a.via]) === JSON.stringify([b.ways, b.become, b.via]);
