import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { ensureSearchAttributes } from '../../src/worker/attributes.js';
import { type PostgresCluster, startPostgres } from '../../test/support/postgres.js';
import { launch, type Server, stop } from './server.js';
import { databases, serverConfig } from './temporalConfig.js';
import type { Programs } from './temporalPrograms.js';

/** Durable, unlike the tests': what a commit costs is part of what is measured. */
const settings = ['shared_buffers=256MB', 'max_connections=100'];

/** The real Temporal server on a PostgreSQL server of its own, both ended by `stop`. */
export async function startOnPostgres(dir: string, programs: Programs): Promise<Server> {
  const postgres = await startPostgres(settings);
  try {
    await createSchemas(postgres, programs);
    return await startTemporal(dir, postgres, programs);
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

async function createSchemas({ port }: PostgresCluster, { sqlTool }: Programs): Promise<void> {
  for (const [database, schema] of Object.entries(databases)) {
    const where = ['--ep', '127.0.0.1', '-p', String(port), '-u', 'postgres', '--pw', 'unused'];
    const tool = (...args: string[]) =>
      promisify(execFile)(sqlTool, [...where, '--pl', 'postgres12', '--db', database, ...args]);
    await tool('create');
    await tool('setup-schema', '-v', '0.0');
    await tool('update-schema', '--schema-name', `postgresql/v12/${schema}`);
  }
}

async function startTemporal(dir: string, postgres: PostgresCluster, { server }: Programs): Promise<Server> {
  const { config, address } = await serverConfig(postgres.port);
  const file = join(dir, 'server.json');
  writeFileSync(file, JSON.stringify(config));
  const child = await launch(dir, address, server, ['--config-file', file, '--allow-no-auth', 'start']);
  try {
    await prepareNamespace(address);
  } catch (error) {
    await stop(child);
    throw error;
  }
  const end = async (): Promise<void> => {
    await stop(child);
    await postgres.stop();
  };
  return { address, pid: child.pid ?? -1, databasePid: postgres.pid, stop: end };
}

const namespace = 'default';

/** A server on a fresh database takes some seconds to know its own namespaces. */
async function prepareNamespace(address: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await retried(() => register(connection));
    await retried(() => ensureSearchAttributes(connection, namespace));
  } finally {
    await connection.close();
  }
}

async function register({ workflowService }: Connection): Promise<void> {
  const { namespaces } = await workflowService.listNamespaces({});
  if (namespaces.some((one) => one.namespaceInfo?.name === namespace)) return;
  await workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: msToTs('72 hours'),
  });
}

async function retried(work: () => Promise<unknown>): Promise<void> {
  for (let left = 60; ; left--) {
    try {
      return void (await work());
    } catch (error) {
      if (left === 0) throw error;
      await sleep(500);
    }
  }
}
