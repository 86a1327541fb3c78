import type { Context } from '../context.js';
import { Exit } from '../exit.js';
import { answers } from '../temporal.js';
import { alive, end } from './process.js';
import { type DevState, devFiles, readDevState, runningDev } from './state.js';

/** The process id alone, for `kill $(millwright dev pid)`. */
export async function printPid(context: Context): Promise<number> {
  const found = runningDev(context.settings().state);
  if (!found) return notRunning(context);
  context.io.out(String(found.dev.pid));
  return Exit.asAsked;
}

export async function printStatus(context: Context): Promise<number> {
  const files = devFiles(context.settings().state);
  const found = readDevState(files);
  const document = found ? await describe(files.state, found) : absent(files.state);
  context.emit(document, () => statusText(document));
  return document.running ? Exit.asAsked : Exit.unreachable;
}

interface DevDocument {
  readonly schema: 'millwright/dev/v1';
  readonly state: string;
  readonly running: boolean;
  readonly pid: number | null;
  readonly ready: boolean;
  readonly server: { readonly pid: number; readonly address: string; readonly answers: boolean } | null;
  readonly ui: string | null;
}

const absent = (state: string): DevDocument => ({
  schema: 'millwright/dev/v1',
  state,
  running: false,
  pid: null,
  ready: false,
  server: null,
  ui: null,
});

async function describe(state: string, found: DevState): Promise<DevDocument> {
  const [dev, server] = [alive(found.dev), alive(found.server)];
  const address = `127.0.0.1:${found.grpcPort}`;
  return {
    ...absent(state),
    running: dev,
    pid: dev ? found.dev.pid : null,
    ready: dev && found.readyAt !== null,
    server: server ? { pid: found.server.pid, address, answers: await answers(address) } : null,
    ui: server ? `http://127.0.0.1:${found.uiPort}` : null,
  };
}

function statusText(d: DevDocument): string {
  const head = d.running
    ? `millwright dev runs as process ${d.pid}${d.ready ? '' : ' and is still starting'}`
    : `millwright dev does not run on ${d.state}`;
  if (!d.server) return head;
  const left = d.running ? '' : ', left by an earlier dev: the next one takes it over';
  return `${head}\nTemporal  ${d.server.address}, process ${d.server.pid}${left}\nWeb UI    ${d.ui}`;
}

/** Ends a detached or foreground dev stack, its server included, dead `dev` or not. */
export async function stop(context: Context): Promise<number> {
  const found = readDevState(devFiles(context.settings().state));
  if (!found || (!alive(found.dev) && !alive(found.server))) return notRunning(context);
  await end(found.dev, 'SIGTERM', 60_000);
  await end(found.server, 'SIGTERM', 10_000);
  context.say('Stopped. Machines live on.');
  return Exit.asAsked;
}

function notRunning(context: Context): number {
  context.io.err(`millwright dev does not run on ${context.settings().state}.`);
  return Exit.unreachable;
}
