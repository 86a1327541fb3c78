import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { SiteDeps } from '../../src/activities/index.js';
import { waitForBanner } from '../../src/activities/index.js';
import { openRecord } from '../../src/record/index.js';
import type { RunRecord } from '../../src/record/port.js';
import { createKeystore, createSecrets } from '../../src/secrets/index.js';
import { createSshPool, type KeyPair } from '../../src/ssh/index.js';
import { openStore } from '../../src/store/open.js';
import type { Store } from '../../src/store/port.js';
import { connect } from '../../src/worker/connect.js';
import { holderOf } from '../../src/worker/holder.js';
import { installLog } from '../../src/worker/log.js';
import { createControlWorker, createSiteWorkers, runUntil } from '../../src/worker/workers.js';
import { type Server, startServer } from '../support/server.js';
import { Loopback } from './loopback.js';

/** A dev server and the product's workers with its own record, store and connections; only the provider is the bench's. */
export interface Engine {
  readonly server: Server;
  readonly client: Client;
  readonly store: Store;
  readonly record: RunRecord;
  readonly machines: Loopback;
  readonly ssh: SiteDeps['ssh'];
  close(): Promise<void>;
}

/** `parallel`: machines at a time; each queue of the site has as many slots. */
export async function openEngine(dir: string, login: KeyPair, parallel: number): Promise<Engine> {
  installLog({ file: join(dir, 'workers.log') });
  const server = await startServer(dir);
  const connections = await connect({ address: server.address });
  const store = openStore(`dir://${join(dir, 'store')}`);
  const record = openRecord(`sqlite://${join(dir, 'record.db')}`);
  await record.migrate();
  const machines = new Loopback();
  const deps = siteDeps(dir, login, store, machines);
  const { native: connection, client, namespace } = connections;
  const limits = { vm: 1, push: parallel, look: parallel };
  const workers = [
    await createControlWorker(
      { connection, namespace },
      { store, record, holder: (id) => holderOf(client, id) },
    ),
    ...(await createSiteWorkers({ connection, namespace }, deps, limits)),
  ];
  const stopper = new AbortController();
  const running = runUntil(workers, stopper.signal);
  const close = async (): Promise<void> => {
    stopper.abort();
    await running;
    await deps.ssh.close();
    await record.close();
    await connections.close();
    await server.stop();
  };
  return { server, client, store, record, machines, ssh: deps.ssh, close };
}

const siteDeps = (dir: string, login: KeyPair, store: Store, machines: Loopback): SiteDeps => ({
  site: 'main',
  provider: machines.provider,
  ssh: createSshPool(),
  store,
  secrets: createSecrets({ site: 'main', allowed: { env: [], files: [] }, env: {}, settingsFile: '' }),
  keystore: createKeystore({ dir: join(dir, 'keys'), generateKey: () => login }),
  waitForBanner,
});
