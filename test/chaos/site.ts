import { AsyncLocalStorage } from 'node:async_hooks';
import type { ControlDeps, SiteDeps } from '../../src/activities/index.js';
import { MillwrightError, machineId } from '../../src/model/index.js';
import type { Provider } from '../../src/providers/port.js';
import type { SshPool, SshSession } from '../../src/ssh/port.js';
import type { Store } from '../../src/store/port.js';
import { RecentStore } from './store.js';
import type { Wire } from './wire.js';

/** Key of the attempt on whose behalf something is called. */
export const attemptKey = new AsyncLocalStorage<string>();

const ask = <T>(
  wire: Wire,
  method: string,
  of: string,
  args: readonly unknown[],
  more: object = {},
): Promise<T> => wire.call<T>(method, { of, key: attemptKey.getStore() ?? '', args }, more);

/** A worker's view of the simulated site: every call goes over the wire. */
export const siteDeps = (wire: Wire): SiteDeps => ({
  site: 'main',
  provider: provider(wire),
  ssh: ssh(wire),
  store: new WiredStore(wire),
  secrets: { resolve: async (name) => `secret of ${name}` },
  keystore: {
    loginKey: async () => ({ privateKey: 'private', publicKey: 'ssh-ed25519 AAAA' }),
    fingerprint: async () => 'hmac-sha256:0000000000000000',
  },
  waitForBanner: async () => 'SSH-2.0-Sim',
});

export const controlDeps = (wire: Wire, holder: ControlDeps['holder']): ControlDeps => {
  const put = <T>(method: string, of: string, ...args: readonly unknown[]) =>
    ask<T>(wire, `record.${method}`, of, args);
  return {
    store: new WiredStore(wire),
    holder,
    record: {
      beginChange: (change) => put('beginChange', change.id, change),
      endChange: (id, outcome) => put('endChange', id, id, outcome),
      putMachine: (entry) => put('putMachine', machineId(entry.ref), entry),
      putAnswer: (answer) => put('putAnswer', answer.changeId, answer),
      putVote: (vote) => put('putVote', vote.changeId, vote),
      outcomes: (id) => put('outcomes', id, id),
      putHold: (ref, hold) => put('putHold', machineId(ref), ref, hold),
      forget: (ref) => put('forget', machineId(ref), ref),
      forgotten: (environment) => put('forgotten', environment.fleetUid, environment),
      base: (environment) => put('base', environment.fleetUid, environment),
      machines: (environment) => put('machines', environment.fleetUid, environment),
      changes: (environment, limit) => put('changes', environment.fleetUid, environment, limit),
      putDrift: (environment, entries) => put('putDrift', environment.fleetUid, environment, entries),
      drift: (environment) => put('drift', environment.fleetUid, environment),
      noteClean: (environment, scan) => put('noteClean', environment.fleetUid, environment, scan),
      putScan: (entry) => put('putScan', entry.fleetUid, entry),
      drained: (environment) => put('drained', environment.fleetUid, environment),
      change: async (environment, run) => (await put('change', run, environment, run)) ?? undefined,
    } as ControlDeps['record'],
  };
};

function provider(wire: Wire): Provider {
  const on =
    <T>(method: string) =>
    (instance: string, ...args: readonly unknown[]): Promise<T> =>
      ask<T>(wire, method, instance, [instance, ...args.filter((one) => typeof one !== 'function')]);
  return {
    name: 'sim',
    find: (ref, declared) => ask(wire, 'find', machineId(ref), [ref, declared]),
    create: (request, _progress, signal) => ask(wire, 'create', request.instance, [request], { signal }),
    start: on('start'),
    stop: on('stop'),
    reset: on('reset'),
    destroy: on('destroy'),
    protect: on('protect'),
    reach: async () => ({ host: '127.0.0.1', port: 22, release: async () => undefined }),
    takeSnapshot: on('takeSnapshot'),
    loadSnapshot: on('loadSnapshot'),
    deleteSnapshot: on('deleteSnapshot'),
    snapshots: on('snapshots'),
    reshape: on('reshape'),
    strangers: async () => [],
    list: async () => [],
    console: on('console'),
  };
}

function ssh(wire: Wire): SshPool {
  const session = (poolKey: string): SshSession => ({
    banner: 'SSH-2.0-Sim',
    exec: (argv, { stdin, signal, onLine } = {}) => {
      const text = typeof stdin === 'object' ? Buffer.from(stdin).toString('utf8') : stdin;
      return ask(wire, 'ssh.exec', poolKey, [{ poolKey, argv, stdin: text }], { signal, onLine });
    },
    upload: async (path, bytes) => {
      await ask(wire, 'ssh.upload', poolKey, [path, Buffer.from(bytes).toString('utf8')]);
    },
  });
  return {
    withSession: async ({ poolKey }, use) => use(session(poolKey)),
    probe: async () => ({ banner: 'SSH-2.0-Sim' }),
    forward: async ({ host }, port) => ({ host, port, release: async () => undefined }),
    forget: () => undefined,
    close: async () => undefined,
  };
}

/** What was read once stays as it is: the store is content-addressed. */
class WiredStore implements Store {
  private readonly read = new RecentStore(20_000);
  constructor(private readonly wire: Wire) {}

  async put(bytes: Uint8Array | string): Promise<string> {
    const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8');
    await this.wire.call('store.put', { text });
    return this.read.put(text);
  }
  async get(digest: string): Promise<Uint8Array> {
    if (await this.read.has(digest)) return this.read.get(digest);
    const text = await this.wire.call<string>('store.get', { text: digest });
    await this.read.put(text);
    return Buffer.from(text);
  }
  async has(digest: string): Promise<boolean> {
    return (await this.read.has(digest)) || this.wire.call<boolean>('store.has', { text: digest });
  }
  async find(): Promise<string[]> {
    throw new MillwrightError({ code: 'MW-CHAOS-FIND', cause: 'infrastructure', message: 'not here' }, false);
  }
  async close(): Promise<void> {}
}
