import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serverArguments } from '../../src/cli/dev/server.js';
import { answers } from '../../src/cli/temporal.js';
import { freePort } from '../../test/support/stack.js';
import { temporalBinary } from '../../test/support/temporal.js';

/** Temporal in processes of its own. */
export interface Server {
  readonly address: string;
  readonly pid: number;
  /** The database's first process, where it isn't part of the server. */
  readonly databasePid?: number;
  stop(): Promise<void>;
}

/** The dev server as `millwright dev` starts it: on a file, in WAL mode. */
export async function startServer(dir: string): Promise<Server> {
  const ports = { grpc: await freePort(), ui: await freePort() };
  const address = `127.0.0.1:${ports.grpc}`;
  const args = serverArguments(join(dir, 'temporal.db'), ports);
  const child = await launch(dir, address, temporalBinary(), args);
  return { address, pid: child.pid ?? -1, stop: () => stop(child) };
}

/** Starts a server and waits until it answers there. */
export async function launch(
  dir: string,
  address: string,
  program: string,
  args: readonly string[],
): Promise<ChildProcess> {
  const file = join(dir, 'temporal.log');
  const log = openSync(file, 'a');
  const child = spawn(program, args, { cwd: dir, stdio: ['ignore', log, log] });
  while (!(await answers(address))) {
    if (child.exitCode !== null)
      throw new Error(
        `the Temporal server ended with ${child.exitCode}: ${readFileSync(file, 'utf8').slice(0, 1000)}`,
      );
    await sleep(100);
  }
  return child;
}

/** Ends the process and waits for its end. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}
