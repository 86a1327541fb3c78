import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { MillwrightError, searchAttributes } from '../../model/index.js';
import { answers } from '../temporal.js';
import { requireFree } from './ports.js';
import { alive, end, type ProcessId, pause, processId } from './process.js';
import { type DevFiles, readDevState } from './state.js';

export interface DevServer {
  readonly process: ProcessId;
  readonly grpcPort: number;
  readonly uiPort: number;
  readonly adopted: boolean;
}

const START_LIMIT_MS = 60_000;

/** Takes over the server that an earlier, killed `dev` left on the same file, or starts one. */
export async function ensureServer(
  program: string,
  files: DevFiles,
  ports: { grpc: number; ui: number },
): Promise<DevServer> {
  const left = readDevState(files);
  if (left && left.db === files.db && alive(left.server)) {
    if (await answers(`127.0.0.1:${left.grpcPort}`)) {
      return { process: left.server, grpcPort: left.grpcPort, uiPort: left.uiPort, adopted: true };
    }
    await end(left.server, 'SIGTERM', 5000);
  }
  await requireFree(ports.grpc, "Temporal's server");
  await requireFree(ports.ui, "Temporal's web UI");
  return start(program, files, ports);
}

async function start(
  program: string,
  files: DevFiles,
  ports: { grpc: number; ui: number },
): Promise<DevServer> {
  mkdirSync(files.state, { recursive: true, mode: 0o700 });
  const log = openSync(files.log, 'a', 0o600);
  const child = spawn(program, serverArguments(files.db, ports), {
    // A group of its own: Ctrl-C in the terminal must reach the workers first and the server last.
    detached: true,
    stdio: ['ignore', log, log],
  });
  const failed = new Promise<never>((_, reject) => {
    child.once('error', (cause) =>
      reject(startFailure(`${program} can't be run: ${cause.message}`, files, cause)),
    );
    child.once('exit', (code) =>
      reject(startFailure(`The Temporal server ended with ${code} while starting.`, files)),
    );
  });
  child.unref();
  await Promise.race([untilItAnswers(`127.0.0.1:${ports.grpc}`, files), failed]);
  child.removeAllListeners();
  return { process: processId(child.pid ?? 0), grpcPort: ports.grpc, uiPort: ports.ui, adopted: false };
}

export const serverArguments = (db: string, ports: { grpc: number; ui: number }): string[] => [
  'server',
  'start-dev',
  ...['--ip', '127.0.0.1', '--port', String(ports.grpc), '--ui-port', String(ports.ui)],
  ...['--db-filename', db, '--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=normal'],
  ...searchAttributes.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  // Else the server reads the attributes' definitions from its database again and again.
  ...['--dynamic-config-value', 'system.forceSearchAttributesCacheRefreshOnRead=false'],
  ...['--log-level', 'warn', '--ui-disable-news-fetch'],
];

async function untilItAnswers(address: string, files: DevFiles): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  while (Date.now() < deadline) {
    if (await answers(address)) return;
    await pause(150);
  }
  throw startFailure(`The Temporal server does not answer at ${address} after a minute.`, files);
}

function startFailure(message: string, files: DevFiles, cause?: unknown): MillwrightError {
  return new MillwrightError(
    {
      code: 'MW-DEV-SERVER',
      cause: 'infrastructure',
      message,
      detail: lastLines(files.log, 5),
      remedy: `Its log is ${files.log}.`,
    },
    false,
    { cause },
  );
}

function lastLines(file: string, n: number): string[] {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-n);
  } catch {
    return [];
  }
}
