import {
  bundlePath,
  encodeSlots,
  followArgv,
  journalEnd,
  lackingAnswer,
  lackingArgv,
  lookArgv,
  parseJournalLine,
  parseLacking,
  parseStart,
  parseStatus,
  placeOf,
  runnerPath,
  type SlotValue,
  type StartAnswer,
  type StartInput,
  startArgv,
  statusArgv,
  type TargetStatus,
} from '../bundle/index.js';
import type { Digest, JournalLine } from '../model/index.js';
import type { ExecResult, SshSession } from '../ssh/port.js';
import type { Store } from '../store/port.js';
import { runnerFailed } from './refusals.js';

/** A run's journal as it comes in: what was seen before a connection broke is seen again and counts once. */
export class Journal {
  private readonly bySeq = new Map<number, { readonly text: string; readonly line: JournalLine }>();
  /** What the target said of itself after the end of the run, where it did. */
  status?: TargetStatus;

  /** Gives back the line, or undefined for text that is none or was seen before. */
  add(text: string): JournalLine | undefined {
    const line = parseJournalLine(text);
    if (line === null || this.bySeq.has(line.seq)) return undefined;
    this.bySeq.set(line.seq, { text, line });
    return line;
  }
  get lines(): JournalLine[] {
    return this.sorted().map(({ line }) => line);
  }
  get text(): string {
    return this.sorted()
      .map(({ text }) => `${text}\n`)
      .join('');
  }
  get size(): number {
    return this.bySeq.size;
  }
  /** Whether the run has come to its end, other than by waiting for secrets. */
  get ended(): boolean {
    const end = journalEnd(this.lines);
    return end !== undefined && end !== 'needs-secrets';
  }
  private sorted() {
    return [...this.bySeq.values()].sort((a, b) => a.line.seq - b.line.seq);
  }
}

export interface RunOptions {
  readonly store: Store;
  readonly slots: readonly SlotValue[];
  readonly signal: AbortSignal;
  onLine(line: JournalLine): void;
}

/** Issues `start` and follows the run as far as the connection lasts; uploads first what the target lacks. */
export async function startAndFollow(
  session: SshSession,
  input: StartInput,
  journal: Journal,
  options: RunOptions,
): Promise<StartAnswer> {
  let answer = await start(session, input, journal, options);
  // It names one thing at a time, and a rollback may lack two: its bundle, and the one that it takes back.
  for (let uploads = 0; answer.start === 'lacking' && uploads < 3; uploads += 1) {
    await uploadNamed(session, options.store, input, answer.what);
    answer = await start(session, input, journal, options);
  }
  return answer;
}

async function start(
  session: SshSession,
  input: StartInput,
  journal: Journal,
  { slots, signal, onLine }: RunOptions,
): Promise<StartAnswer> {
  let answer: StartAnswer | undefined;
  const status = input.purpose === 'apply' || input.purpose === 'rollback' ? 'last' : undefined;
  const result = await session.exec(startArgv({ ...input, follow: true, status }), {
    stdin: encodeSlots(slots),
    signal,
    onLine: (text) => {
      if (answer === undefined) answer = parseStart(text);
      else take(journal, text, onLine);
    },
  });
  return answer ?? parsed(result, parseStart);
}

/** Exit of `follow`: ended, died without an end (issue `start` again), or unknown to the target. */
export type Followed = 'ended' | 'inactive' | 'unknown' | 'lacking';

export async function follow(
  session: SshSession,
  runner: Digest,
  run: string,
  journal: Journal,
  options: Pick<RunOptions, 'signal' | 'onLine'>,
): Promise<Followed> {
  const result = await session.exec(followArgv(runner, run), {
    signal: options.signal,
    onLine: (text) => take(journal, text, options.onLine),
  });
  if (result.code === 0) return 'ended';
  if (result.code === 12) return 'lacking';
  if (result.code === 21) return 'unknown';
  if (result.code === 20) return 'inactive';
  throw runnerFailed('follow', result);
}

function take(journal: Journal, text: string, onLine: (line: JournalLine) => void): void {
  if (text.startsWith(statusBegins)) journal.status = parseStatus(text);
  const line = journal.add(text);
  if (line !== undefined) onLine(line);
}

/** No line of a journal begins like this. */
const statusBegins = '{"v":1,"head":';

/** Where the runner is, it has said all there is to know of bundles. */
async function uploadNamed(
  session: SshSession,
  store: Store,
  input: StartInput,
  what: 'runner' | 'bundle' | 'undo',
): Promise<void> {
  const place = placeOf(input);
  if (what === 'runner') return uploadLacking(session, store, input.runner, input.bytes, place);
  const bytes = what === 'undo' && input.undo ? input.undo.bytes : input.bytes;
  await session.upload(bundlePath(bytes, place), await store.get(bytes), '0600');
}

export async function uploadLacking(
  session: SshSession,
  store: Store,
  runner: Digest,
  bytes: Digest,
  state?: string,
): Promise<void> {
  const lacking = parsed(await session.exec(lackingArgv(runner, bytes, state)), parseLacking);
  if (lacking.includes('runner'))
    await session.upload(runnerPath(runner, state), await store.get(runner), '0700');
  if (lacking.includes('bundle'))
    await session.upload(bundlePath(bytes, state), await store.get(bytes), '0600');
}

/** The runner alone, for those who start no run. */
export async function uploadRunner(session: SshSession, store: Store, runner: Digest): Promise<void> {
  // The script wants a bundle, too; that the target has none of this name doesn't matter.
  const lacking = parsed(await session.exec(lackingArgv(runner, runner)), parseLacking);
  if (lacking.includes('runner')) await session.upload(runnerPath(runner), await store.get(runner), '0700');
}

/** Has the runner note something; what it says is told, where it can't. */
export async function tell(session: SshSession, argv: readonly string[], what: string): Promise<void> {
  const result = await session.exec(argv);
  if (result.code !== 0) throw runnerFailed(what, result);
}

/** What the target says of itself; undefined where our runner never was. */
export async function statusOf(session: SshSession, runner: Digest): Promise<TargetStatus | undefined> {
  const result = await session.exec(statusArgv(runner), { proof: lackingAnswer });
  return result.code === 12 ? undefined : parsed(result, parseStatus);
}

/**
 * The same, and in the same round trip a check of a machine that was admitted to the input's bundle: then the journal has
 * come to its end. It has not where something keeps the check from being made.
 */
export async function statusAndCheck(
  session: SshSession,
  input: StartInput,
  journal: Journal,
  { signal, onLine }: Pick<RunOptions, 'signal' | 'onLine'>,
): Promise<TargetStatus | undefined> {
  const said: string[] = [];
  const result = await session.exec(lookArgv({ ...input, follow: true }), {
    ...{ signal, proof: lackingAnswer },
    onLine: (text) => {
      if (said.length < 2) said.push(text);
      else take(journal, text, onLine);
    },
  });
  if (result.code === 12 && said.length < 2) return undefined;
  return parsed({ ...result, stdout: said[0] ?? result.stdout }, parseStatus);
}

/** What the runner answers to an order, as its parser reads it. */
export async function askRunner<T>(
  session: SshSession,
  argv: readonly string[],
  parse: (text: string) => T,
): Promise<T> {
  return parsed(await session.exec(argv), parse);
}

/** Text of the runner, or of something that answers in its place: then its own words are the failure. */
function parsed<T>(result: ExecResult, parse: (text: string) => T): T {
  try {
    return parse(result.stdout);
  } catch {
    throw runnerFailed('an answer', result);
  }
}
