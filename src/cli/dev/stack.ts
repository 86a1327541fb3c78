import { refused } from '../errors.js';
import { alive, end, processId } from './process.js';
import { type DevServer, ensureServer } from './server.js';
import {
  type DevFiles,
  type DevState,
  devFiles,
  readDevState,
  removeDevState,
  writeDevState,
} from './state.js';

export interface Stack {
  readonly server: DevServer;
  readonly files: DevFiles;
  ready(): void;
  /** Ends the server too; machines live on. */
  stop(): Promise<void>;
}

/** One dev stack per state directory: refuses beside another, takes over the server of a dead one. */
export async function openStack(
  program: string,
  state: string,
  ports: { grpc: number; ui: number },
): Promise<Stack> {
  const files = devFiles(state);
  refuseSecond(files);
  const server = await ensureServer(program, files, ports);
  const written: DevState = {
    dev: processId(process.pid),
    server: server.process,
    grpcPort: server.grpcPort,
    uiPort: server.uiPort,
    db: files.db,
    readyAt: null,
  };
  writeDevState(files, written);
  return {
    server,
    files,
    ready: () => writeDevState(files, { ...written, readyAt: new Date().toISOString() }),
    stop: async () => {
      await end(server.process, 'SIGTERM', 10_000);
      removeDevState(files);
    },
  };
}

function refuseSecond(files: DevFiles): void {
  const found = readDevState(files);
  if (!found || !alive(found.dev) || found.dev.pid === process.pid) return;
  throw refused(
    'MW-BUSY-DEV',
    `millwright dev runs already as process ${found.dev.pid} on ${files.state}.`,
    `Use it as it is, or end it: kill ${found.dev.pid}`,
  );
}
