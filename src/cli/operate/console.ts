import { setTimeout as after } from 'node:timers/promises';
import type { RecordedMachine } from '../candidates.js';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { Exit } from '../exit.js';
import type { Io } from '../io.js';
import { siteHere } from '../localSite.js';
import { emitOperated, type OperateDocument, operateDocument } from './document.js';
import { choose, type Desk, operate, type Selection } from './operate.js';

/** The end of each console; several machines' with their names before each line. */
export async function showConsole(desk: Desk, selection: Selection, bytes: number): Promise<number> {
  const chosen = await choose(desk, selection);
  const outcome = await operate(desk, chosen, { kind: 'console', bytes }, selection.maxParallel);
  return emitOperated(desk.context, await operateDocument(desk, 'console', outcome), textOf);
}

function textOf({ machines }: OperateDocument): string {
  const shown = machines.filter((one) => one.failure === null);
  return shown
    .map((one) => {
      const text = readable(one.console ?? `${one.said ?? ''}\n`);
      return shown.length === 1 ? text : prefixed(one.machine, text);
    })
    .join('\n');
}

const prefixed = (machine: string, text: string): string =>
  text
    .replace(/\n+$/, '')
    .split('\n')
    .map((line) => `${machine} │ ${line}`)
    .join('\n');

/** Escape sequences of a guest could rewrite the reader's terminal. */
export const readable = (text: string): string =>
  text
    .replace(/\u001b(\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(\u0007|\u001b\\)|[@-Z\\-_])/g, '')
    .replace(/\r+\n/g, '\n')
    .replace(/\r/g, '\n')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');

const POLL_MS = 1000;
/** Through a worker each look is a workflow of its own. */
const REMOTE_POLL_MS = 5000;
const WINDOW_BYTES = 64 * 1024;

/** The end, then what comes next, until somebody interrupts. Each look after the first asks this host's site itself. */
export async function followConsole(desk: Desk, selection: Selection, bytes: number): Promise<number> {
  const { context } = desk;
  const [one, ...more] = await choose(desk, selection);
  if (!one || more.length > 0)
    throw usageError(
      `${selection.targets.join(' ')} names ${more.length + (one ? 1 : 0)} machines; --follow is on one.`,
    );
  const first = await ask(desk, one);
  if (first.machines.some((machine) => machine.failure !== null)) return emitOperated(context, first);
  const here = await siteHere(context.settings());
  const look =
    here?.site === one.row.site
      ? () => here.provider.console(one.row.instance?.instance ?? '', WINDOW_BYTES)
      : async () => (await ask(desk, one)).machines[0]?.console;
  const seen = first.machines[0]?.console ?? '';
  write(context.io, readable(seen.slice(-bytes)));
  return followOn(context, seen, look, here?.site === one.row.site ? POLL_MS : REMOTE_POLL_MS);
}

const ask = async (desk: Desk, one: RecordedMachine): Promise<OperateDocument> =>
  operateDocument(desk, 'console', await operate(desk, [one], { kind: 'console', bytes: WINDOW_BYTES }));

async function followOn(
  { io, flags }: Context,
  first: string,
  look: () => Promise<string | null | undefined>,
  everyMs: number,
): Promise<number> {
  let seen = first;
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  const timeout = flags.timeoutMs === undefined ? [] : [AbortSignal.timeout(flags.timeoutMs)];
  const signal = AbortSignal.any([interrupt.signal, ...timeout]);
  while (!signal.aborted) {
    await after(everyMs, undefined, { signal }).catch(() => undefined);
    const now = (await look()) ?? seen;
    write(io, readable(news(seen, now)));
    seen = now;
  }
  return interrupt.signal.aborted ? Exit.interrupted : Exit.asAsked;
}

const write = (io: Io, text: string): void => {
  if (text !== '') io.out(text);
};

/** What `now` has beyond `before`: both are windows of the same size on the end of a text that only grows. */
export function news(before: string, now: string): string {
  for (let from = 0; from < before.length; from++) {
    const overlap = before.slice(from);
    if (now.startsWith(overlap)) return now.slice(overlap.length);
  }
  return now;
}
