import { createServer } from 'node:net';

/** Databases of the server, with the name of the schema of each. */
export const databases = { temporal: 'temporal', temporal_visibility: 'visibility' } as const;

/** As many as a production server would have; fixed for a database's life. */
const numHistoryShards = 512;

/** The server's configuration on a PostgreSQL of this machine, all its services in one process, on free ports. */
export async function serverConfig(postgresPort: number) {
  const services = ['frontend', 'history', 'matching', 'worker'];
  const ports = await lowPorts(2 * services.length);
  const service = (n: number) => ({
    rpc: { grpcPort: ports[2 * n] ?? 0, membershipPort: ports[2 * n + 1], bindOnIP: '127.0.0.1' },
  });
  const grpcPort = ports[0] ?? 0;
  const config = {
    log: { stdout: true, level: 'warn' },
    persistence: {
      ...{ defaultStore: 'default', visibilityStore: 'visibility', numHistoryShards },
      datastores: {
        default: datastore('temporal', postgresPort, 20),
        visibility: datastore('temporal_visibility', postgresPort, 10),
      },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' } },
    services: Object.fromEntries(services.map((name, n) => [name, service(n)])),
    clusterMetadata: {
      ...{ enableGlobalNamespace: false, failoverVersionIncrement: 10 },
      ...{ masterClusterName: 'active', currentClusterName: 'active' },
      clusterInformation: {
        active: {
          ...{ enabled: true, initialFailoverVersion: 1, rpcName: 'frontend' },
          rpcAddress: `127.0.0.1:${grpcPort}`,
        },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
  };
  return { config, address: `127.0.0.1:${grpcPort}` };
}

/** Free ones that fit into a smallint of the schema, so none of those that the system gives away. */
async function lowPorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  while (found.size < count) {
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    if (await isFree(port)) found.add(port);
  }
  return [...found];
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

const datastore = (databaseName: string, port: number, connections: number) => ({
  sql: {
    ...{ pluginName: 'postgres12', databaseName, user: 'postgres', password: 'unused' },
    ...{ connectAddr: `127.0.0.1:${port}`, connectProtocol: 'tcp' },
    ...{ maxConns: connections, maxIdleConns: connections, maxConnLifetime: '1h' },
  },
});
