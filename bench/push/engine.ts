import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { SiteDeps } from '../../src/activities/index.js';
import { openRecord } from '../../src/record/index.js';
import type { RunRecord } from '../../src/record/port.js';
import { loadSettings, type Settings, siteSettings } from '../../src/settings.js';
import type { KeyPair } from '../../src/ssh/index.js';
import { openStore } from '../../src/store/open.js';
import type { Store } from '../../src/store/port.js';
import { connect } from '../../src/worker/connect.js';
import { holderOf } from '../../src/worker/holder.js';
import { installLog } from '../../src/worker/log.js';
import { openSite } from '../../src/worker/site.js';
import { createControlWorker, createSiteWorkers, runUntil } from '../../src/worker/workers.js';
import { type Server, startServer } from '../support/server.js';

/** A dev server and the product's workers, of control and of one site whose machines exist already. */
export interface Engine {
  readonly server: Server;
  readonly client: Client;
  readonly store: Store;
  readonly record: RunRecord;
  readonly site: SiteDeps;
  /** With which the site logs in. */
  readonly login: KeyPair;
  close(): Promise<void>;
}

/** `parallel`: machines at a time; the site has as many slots. */
export async function openEngine(dir: string, parallel: number): Promise<Engine> {
  installLog({ file: join(dir, 'workers.log') });
  const settings = writeSettings(dir, parallel);
  const server = await startServer(dir);
  const connections = await connect({ address: server.address });
  const { native: connection, client, namespace } = connections;
  const store = openStore(settings.store);
  const record = openRecord(settings.record);
  await record.migrate();
  const site = openSite(settings, 'main', store);
  const control = { store, record, holder: (id: string) => holderOf(client, id) };
  const workers = [
    await createControlWorker({ connection, namespace }, control),
    ...(await createSiteWorkers({ connection, namespace }, site, siteSettings(settings, 'main').limits)),
  ];
  const stopper = new AbortController();
  const running = runUntil(workers, stopper.signal);
  const close = async (): Promise<void> => {
    stopper.abort();
    await running;
    await site.ssh.close();
    await record.close();
    await store.close();
    await connections.close();
    await server.stop();
  };
  return { server, client, store, record, site, login: await site.keystore.loginKey(), close };
}

/** Nothing of the user who runs the bench counts: neither agent nor keys nor `~/.ssh/config`. */
function writeSettings(dir: string, parallel: number): Settings {
  const state = join(dir, 'state');
  mkdirSync(state);
  const site = {
    provider: 'static',
    limits: { push: parallel, look: parallel },
    connect: { agent: false, sshConfig: false, identityFiles: [join(state, 'keys/login/id_ed25519')] },
  };
  const file = join(dir, 'settings.yaml');
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ state, sites: { main: site } }));
  return loadSettings({ file, env: {} });
}
