import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { type Connections, connect } from '../../src/worker/connect.js';
import { holderOf } from '../../src/worker/holder.js';
import { installLog } from '../../src/worker/log.js';
import { createControlWorker, createSiteWorkers, runUntil } from '../../src/worker/workers.js';
import { SimRecord, SimSite } from '../../test/support/sim.js';
import * as trivial from './reference/activities.js';
import { type Server, startServer } from './server.js';

export const referenceQueue = 'bench-reference';

/** A Temporal server, the product's workers with a simulated site behind their ports, and the worker of the reference. */
export interface Engine {
  readonly server: Server;
  readonly client: Client;
  readonly site: SimSite;
  readonly record: SimRecord;
  close(): Promise<void>;
}

/** `window`: machines at a time; each queue of the site gets as many slots. `start` gives the server, which close ends. */
export async function openEngine(dir: string, window: number, start = startServer): Promise<Engine> {
  installLog({ file: join(dir, 'workers.log') });
  const server = await start(dir);
  const connections = await connect({ address: server.address });
  const [site, record] = [new SimSite(), new SimRecord()];
  const stopper = new AbortController();
  const running = runUntil(await workers(connections, site, record, window), stopper.signal);
  const close = async (): Promise<void> => {
    stopper.abort();
    await running;
    await connections.close();
    await server.stop();
  };
  return { server, client: connections.client, site, record, close };
}

async function workers(
  { native: connection, client, namespace }: Connections,
  site: SimSite,
  record: SimRecord,
  window: number,
): Promise<Worker[]> {
  const engine = { connection, namespace };
  const limits = { vm: window, push: window, look: window };
  return [
    await createControlWorker(
      engine,
      record.deps(site.store, (id) => holderOf(client, id)),
    ),
    ...(await createSiteWorkers(engine, site.deps(), limits)),
    await Worker.create({
      ...engine,
      taskQueue: referenceQueue,
      workflowsPath: fileURLToPath(new URL('./reference/workflows.js', import.meta.url)),
      activities: trivial,
    }),
  ];
}
