import { join } from 'node:path';
import { MillwrightError } from '../../model/index.js';
import type { Settings } from '../../settings.js';
import { ensureSearchAttributes, runWorkers } from '../../worker/index.js';
import type { Context } from '../context.js';
import { migrateAll } from '../doctor/record.js';
import { temporalProgram } from '../doctor/temporal.js';
import { usageError } from '../errors.js';
import { staticSites, withProviders } from '../siteProviders.js';
import { connectEngine, keepHistory, namedAddress } from '../temporal.js';
import { interrupted } from './signals.js';
import { openStack, type Stack } from './stack.js';

const KEEP_DAYS = 30;

export interface DevOptions {
  readonly ports: { readonly grpc: number; readonly ui: number };
  readonly site: string;
}

/** The whole embedded stack in the foreground, until it is interrupted. */
export async function runDev(context: Context, options: DevOptions): Promise<void> {
  const settings = context.settings();
  const signal = interrupted();
  await refuseOther(context, options.ports.grpc);
  const stack = await openStack(await program(settings), settings.state, options.ports);
  try {
    await prepare(context, stack);
    await serve(context, settings, stack, options, signal);
  } finally {
    context.say('Stopping. Machines live on; runs go on when this is back.');
    await stack.stop();
  }
}

/** Our own server is for those who named no other: commands would talk to that one and wait for ever. */
async function refuseOther(context: Context, port: number): Promise<void> {
  const named = await namedAddress(context);
  if (named === undefined || named.endsWith(`:${port}`)) return;
  throw usageError(
    `TEMPORAL_ADDRESS or a profile names ${named}, but millwright dev starts a server of its own on port ${port}.`,
    'Unset it, or serve that one: millwright worker --control --site main',
  );
}

async function program(settings: Settings): Promise<string> {
  const found = await temporalProgram(settings.state);
  if (found) return found;
  throw new MillwrightError(
    {
      code: 'MW-DEV-TEMPORAL',
      cause: 'infrastructure',
      message: "Temporal's CLI is neither on PATH nor in the state directory.",
      remedy: 'millwright doctor --fix',
    },
    false,
  );
}

async function prepare(context: Context, stack: Stack): Promise<void> {
  const { server } = stack;
  context.say(
    `Temporal  127.0.0.1:${server.grpcPort}${server.adopted ? ', left running by an earlier dev' : ''}`,
  );
  context.say(`Web UI    http://127.0.0.1:${server.uiPort}`);
  const migrated = await migrateAll(context);
  if (migrated.length > 0) context.say(`Record    migrated: ${migrated.join(', ')}`);
  const engine = await connectEngine(context);
  try {
    await keepHistory(engine, KEEP_DAYS);
    await ensureSearchAttributes(engine.connection, engine.namespace);
  } finally {
    await engine.close();
  }
}

async function serve(
  context: Context,
  settings: Settings,
  stack: Stack,
  options: DevOptions,
  signal: AbortSignal,
): Promise<void> {
  const sites = [...new Set([options.site, ...(await staticSites())])];
  await runWorkers({
    settings: await withProviders(settings, sites),
    roles: { control: true, sites },
    address: `127.0.0.1:${stack.server.grpcPort}`,
    logFile: join(settings.state, 'worker.log'),
    signal,
    onReady: () => {
      stack.ready();
      context.say(
        `Working for control and ${sites.map((one) => `site ${one}`).join(' and ')}. Process ${process.pid}; Ctrl-C stops.`,
      );
    },
  });
}
