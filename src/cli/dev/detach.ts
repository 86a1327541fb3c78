import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MillwrightError } from '../../model/index.js';
import type { Context } from '../context.js';
import { Exit } from '../exit.js';
import { pause } from './process.js';
import { runningDev } from './state.js';

const START_LIMIT_MS = 120_000;

/** Starts `dev` as a process of its own and waits until it works. */
export async function startDetached(context: Context, args: readonly string[]): Promise<number> {
  const { state } = context.settings();
  const running = runningDev(state);
  if (!running) await launch(context, state, args);
  const found = runningDev(state);
  context.say(`millwright dev runs as process ${found?.dev.pid}. End it with: millwright dev stop`);
  return Exit.asAsked;
}

async function launch(context: Context, state: string, args: readonly string[]): Promise<void> {
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const log = join(state, 'dev.log');
  const out = openSync(log, 'w', 0o600);
  const [script = ''] = process.argv.slice(1);
  const child = spawn(process.execPath, [script, 'dev', ...args], {
    detached: true,
    stdio: ['ignore', out, out],
  });
  let ended = false;
  child.once('exit', () => {
    ended = true;
  });
  child.unref();
  context.say(`Starting Temporal and the workers; their log is ${log} …`);
  const deadline = Date.now() + START_LIMIT_MS;
  while (!ended && Date.now() < deadline) {
    if (runningDev(state)?.readyAt) return;
    await pause(200);
  }
  throw notStarted(log);
}

function notStarted(log: string): MillwrightError {
  return new MillwrightError(
    {
      code: 'MW-DEV-START',
      cause: 'infrastructure',
      message: 'millwright dev did not come up.',
      detail: readFileSync(log, 'utf8').trimEnd().split('\n').slice(-6),
      remedy: `The whole log is ${log}.`,
    },
    true,
  );
}
