import { DefaultLogger, Runtime } from '@temporalio/worker';
import { connect } from '../../src/worker/connect.js';
import { holderOf } from '../../src/worker/holder.js';
import { createControlWorker, createSiteWorkers, runUntil } from '../../src/worker/workers.js';
import { chaotic } from './attempts.js';
import { controlDeps, siteDeps } from './site.js';
import { Wire } from './wire.js';

/** A worker process that may be killed at any moment: all workers of control and of the one site. */
const [socket = '', address = '', codePath = ''] = process.argv.slice(2);
const wire = await Wire.open(socket);
wire.onClose(() => process.exit(1));
Runtime.install({
  logger: new DefaultLogger('WARN', ({ message, meta }) => {
    const text = `${message} ${JSON.stringify(meta ?? {}, (_, value) => (typeof value === 'bigint' ? String(value) : value))}`;
    wire.call('log', { text }).catch(() => undefined);
  }),
  telemetryOptions: { logging: { forward: {}, filter: 'warn' } },
});
await wire.call('hello', { pid: process.pid });

const { native: connection, client, namespace } = await connect({ address });
const engine = { connection, namespace };
const more = { interceptors: { activity: [() => ({ inbound: chaotic(wire) })] } };
const limits = { vm: 200, push: 200, look: 200 };
const control = controlDeps(wire, (id) => holderOf(client, id));
const workers = [
  await createControlWorker(engine, control, { ...more, workflowBundle: { codePath } }),
  ...(await createSiteWorkers(engine, siteDeps(wire), limits, more)),
];
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
await wire.call('ready', { pid: process.pid });
await runUntil(workers, stop.signal);
process.exit(0);
