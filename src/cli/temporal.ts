import { createConnection } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import { MillwrightError } from '../model/index.js';
import { temporalConfig } from '../settings.js';
import type { Context } from './context.js';
import { devAddress } from './dev/state.js';

const DEFAULT_ADDRESS = '127.0.0.1:7233';
const DEADLINE_MS = 3000;

export interface Engine {
  readonly client: Client;
  readonly connection: Connection;
  readonly address: string;
  readonly namespace: string;
  close(): Promise<void>;
}

export interface EngineAddress {
  readonly address: string;
  readonly namespace: string;
  readonly options: ConnectionOptions;
}

/** Temporal's own configuration decides; where it says nothing, the dev stack of our state directory, then the default. */
export async function engineAddress(context: Context): Promise<EngineAddress> {
  const { connectionOptions, namespace } = await temporalConfig({ profile: context.flags.profile });
  const address = connectionOptions.address || (devAddress(context.settings().state) ?? DEFAULT_ADDRESS);
  const { tls, apiKey, metadata } = connectionOptions;
  const options = { address, tls, apiKey, metadata, connectTimeout: DEADLINE_MS } as ConnectionOptions;
  return { address, namespace: namespace ?? 'default', options };
}

/** The address that Temporal's own configuration names, if any. */
export const namedAddress = async (context: Context): Promise<string | undefined> =>
  (await temporalConfig({ profile: context.flags.profile })).connectionOptions.address || undefined;

/** Connects within three seconds or says by name that nobody is there (exit 7). */
export async function connectEngine(context: Context): Promise<Engine> {
  const { address, namespace, options } = await engineAddress(context);
  const connection = await connect(address, options);
  return {
    connection,
    address,
    namespace,
    client: new Client({ connection, namespace }),
    close: () => connection.close(),
  };
}

/** The engine, or why nobody answers there: for commands that can say something without it. */
export async function engineOrReason(context: Context): Promise<Engine | string> {
  try {
    return await connectEngine(context);
  } catch (error) {
    if (error instanceof MillwrightError) return error.message;
    throw error;
  }
}

async function connect(address: string, options: ConnectionOptions): Promise<Connection> {
  try {
    await knock(address);
    return await within(Connection.connect(options), DEADLINE_MS);
  } catch (cause) {
    throw new MillwrightError(
      {
        code: 'MW-ENGINE-UNREACHABLE',
        cause: 'infrastructure',
        message: `No Temporal server answers at ${address}.`,
        remedy: 'Start one with `millwright dev`, or name another by TEMPORAL_ADDRESS or --profile.',
      },
      true,
      { cause },
    );
  }
}

/** gRPC keeps trying where nobody listens; a plain connection is refused at once. */
function knock(address: string): Promise<void> {
  const [, host = '', port = ''] = /^(?:dns:\/*)?\[?(.*?)\]?:(\d+)$/.exec(address) ?? [];
  if (port === '') return Promise.resolve();
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port: Number(port), timeout: DEADLINE_MS });
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('timeout', () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
  });
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  const timer = new AbortController();
  const late = after(ms, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`no answer within ${ms} ms`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
    promise.catch(() => undefined);
  }
}

/** Whether a Temporal server answers there right now. */
export async function answers(address: string): Promise<boolean> {
  try {
    await knock(address);
    const connection = await within(Connection.connect({ address, connectTimeout: 1000 }), 1500);
    await connection.close();
    return true;
  } catch {
    return false;
  }
}

const WORKFLOW_QUEUE = 1;
const ACTIVITY_QUEUE = 2;

/** How many pollers a task queue has had lately. */
export async function pollers(engine: Engine, queue: string, kind: 'workflow' | 'activity'): Promise<number> {
  const answer = await engine.connection.workflowService.describeTaskQueue({
    namespace: engine.namespace,
    taskQueue: { name: queue },
    taskQueueType: kind === 'workflow' ? WORKFLOW_QUEUE : ACTIVITY_QUEUE,
  });
  return answer.pollers?.length ?? 0;
}

/** History is kept for 30 days; a dev server's own default is one. */
export async function keepHistory(engine: Engine, days: number): Promise<void> {
  await engine.connection.workflowService.updateNamespace({
    namespace: engine.namespace,
    config: { workflowExecutionRetentionTtl: { seconds: (days * 86_400) as never } },
  });
}
