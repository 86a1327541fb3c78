import type { EnvironmentRef } from '../../model/index.js';
import type { EventDocument } from '../../report/index.js';
import type { Context } from '../context.js';
import { pause } from '../dev/process.js';
import type { Engine } from '../temporal.js';
import { eventsOf, nothingTold } from './events.js';
import { askingGates, openGates, outsideWindow, pauseOf } from './governed.js';
import { type Snapshot, Watcher } from './snapshot.js';
import type { Started } from './start.js';

/**
 * How watching ended: the run did, it waits for a person whom nobody can ask here, we were told to leave it, the time we
 * were given is over, or nobody answered for too long.
 */
export interface Watched {
  readonly how: 'ended' | 'waits' | 'detached' | 'timeout' | 'silent';
  /** What was seen last. */
  readonly snapshot?: Snapshot;
}

export interface Screen {
  /** Called for each look at the run. */
  show(snapshot: Snapshot, events: readonly EventDocument[]): void;
  /** Nobody answers; the run goes on when they are back. */
  silent(since: Date, why: string): void;
  /** Puts a question in place of the last line, or takes it away. */
  ask(question: string | undefined): void;
  close(): void;
}

const INTERVAL_MS = 1000;
/** A workflow that is just being started, or moves to another worker, can't answer for a moment. */
const QUIET_MS = 6000;
/** How long we wait for a dead engine or worker to come back before we say that the outcome is unknown. */
const PATIENCE_MS = 15 * 60_000;

export interface FollowOptions {
  readonly context: Context;
  readonly engine: Engine;
  readonly environment: EnvironmentRef;
  readonly started: Started;
  readonly screen: Screen;
  /** Aborted when the caller should leave the run alone. */
  readonly leave: AbortSignal;
  /** Whether an open question, gate or window is waited for: somebody can be asked here, or `--wait` says so. */
  readonly patient: boolean;
}

/** Watches a run until it ends or waits for a person, however often worker and server die meanwhile. */
export async function follow(options: FollowOptions): Promise<Watched> {
  const { context, started, screen, leave } = options;
  const watcher = new Watcher(options.engine, options.environment, { id: started.id, runId: started.runId });
  const told = nothingTold();
  const end =
    context.flags.timeoutMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + context.flags.timeoutMs;
  let heard = Date.now();
  let snapshot: Snapshot | undefined;
  let asked = '';
  const left = aborted(leave);
  try {
    while (!leave.aborted) {
      const result = await look(watcher, options);
      if (result.snapshot) {
        heard = Date.now();
        snapshot = result.snapshot;
        screen.show(snapshot, eventsOf(snapshot, told, new Date().toISOString()));
        const keptBy = options.patient ? '' : waitsFor(snapshot);
        // Twice the same: an answer that was just accepted may not show in the first look.
        if (keptBy !== '' && keptBy === asked) return { how: 'waits', snapshot };
        asked = keptBy;
      } else if (Date.now() - heard > QUIET_MS) screen.silent(new Date(heard), result.why ?? 'no answer');
      if (result.ended) return { how: 'ended', snapshot };
      if (Date.now() >= end) return { how: 'timeout', snapshot };
      if (Date.now() - heard > PATIENCE_MS) return { how: 'silent', snapshot };
      await Promise.race([pause(INTERVAL_MS), left]);
    }
    return { how: 'detached', snapshot };
  } finally {
    screen.close();
  }
}

/**
 * What keeps a run of which nothing runs any more, in words that are the same while it does: questions, gates, a pause, a
 * closed window. Empty: it goes on, or will by itself.
 */
export function waitsFor({ progress, groups }: Snapshot): string {
  const { window, gates, questions = [] } = progress;
  const [paused, outside] = [pauseOf(progress), outsideWindow(progress)];
  const held = paused !== undefined || outside;
  const works =
    progress.stopping !== undefined ||
    progress.rollingBack !== undefined ||
    progress.groups.some(({ state }) => state === 'soaking' || (state === 'running' && !held)) ||
    groups.some((group) => group.running.length > 0);
  if (works) return '';
  return [
    ...questions.flatMap((one) => (one.retriesAt ? [] : `${one.machine} ${one.attempt} ${one.since}`)),
    ...openGates(askingGates(gates)).map((gate) => `gate ${gate.id} ${gate.since}`),
    ...(paused ? [`pause ${paused.at}`] : []),
    ...(outside ? [`window ${window?.until}`] : []),
  ].join(', ');
}

interface Look {
  readonly snapshot?: Snapshot;
  readonly ended: boolean;
  readonly why?: string;
}

/** The workflow tells where it stands; whether it has ended, the server knows even without a worker. */
async function look(watcher: Watcher, { engine, started }: FollowOptions): Promise<Look> {
  try {
    const snapshot = await watcher.look();
    if (snapshot.progress.result === undefined) return { snapshot, ended: false };
    return { snapshot, ended: await isOver(engine, started) };
  } catch (error) {
    const over = await isOver(engine, started).catch(() => false);
    return { ended: over, why: error instanceof Error ? error.message : String(error) };
  }
}

/** Whether a run has closed, whatever way. */
export async function isOver(
  engine: Engine,
  run: { readonly id: string; readonly runId: string },
): Promise<boolean> {
  const handle = engine.client.workflow.getHandle(run.id, run.runId);
  const { status } = await engine.connection.withDeadline(Date.now() + 5000, () => handle.describe());
  return status.name !== 'RUNNING';
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
