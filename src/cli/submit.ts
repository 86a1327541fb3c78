import { ulid } from 'ulid';
import { type Change, type Digest, digestOf, type EnvironmentRef } from '../model/index.js';
import type { Compiled } from '../plan/index.js';
import type { Commit } from '../report/index.js';
import { type StoredPlan, storeChange } from '../store/documents.js';
import type { Context } from './context.js';
import { Exit } from './exit.js';
import { environmentFlag } from './flags.js';
import { authorOf } from './git.js';
import { idleQueues } from './look.js';
import { factsOfStart } from './run/facts.js';
import { writeReports } from './run/reports.js';
import { runDocument } from './run/result.js';
import { emitRun, temporalUrl, watchRun } from './run/run.js';
import { startChange } from './run/start.js';
import type { Following } from './steering.js';
import type { Stores } from './stores.js';
import type { Engine } from './temporal.js';
import { who } from './who.js';

export interface Submission extends Following {
  readonly verb: 'up' | 'destroy' | 'replace';
  readonly environment: EnvironmentRef;
  readonly compiled: Compiled;
  readonly stored: StoredPlan;
  readonly revision: string;
  readonly commit: Commit | null;
  readonly allowDestroy: boolean;
  /** Only these steps are applied; undefined: all. */
  readonly steps?: readonly string[];
}

/** Starts a change, or attaches to the one that wants the same, and watches it; the answer is the exit status. */
export async function submit(
  context: Context,
  engine: Engine,
  stores: Stores,
  submission: Submission,
): Promise<number> {
  const sites = submission.compiled.targets.map((target) => target.site);
  await warnIdle(context, engine, [...new Set(sites)]);
  const { commit } = submission;
  const author = commit ? await authorOf(process.cwd(), commit) : undefined;
  return handOver(context, engine, stores, changeOf(submission, author), submission);
}

/** Starts the workflow of a change, or attaches to the one that wants the same, and watches it unless told not to. */
export async function handOver(
  context: Context,
  engine: Engine,
  stores: Stores,
  change: Change,
  { detach, onInterrupt, reports }: Following,
): Promise<number> {
  const document = await storeChange(stores.store, change);
  const started = await startChange(engine, change, document);
  const running = started.attached ? await attachedChange(stores, change, started.changeId) : change;
  if (started.attached) context.say('The same plan runs already: attached to it.');
  const options = { context, engine, stores, change: running, started, onInterrupt, reports };
  if (!detach) return watchRun(options);
  context.say(
    `Started change ${running.id}. Watch it: millwright status ${running.id} -w${environmentFlag(context)}`,
  );
  const begun = await runDocument(factsOfStart(running), stores, temporalUrl(options));
  emitRun(context, begun);
  await writeReports(context, begun, reports);
  return Exit.asAsked;
}

/** The change that runs is theirs; before `control` has recorded it, ours with its id says the same. */
async function attachedChange({ record }: Stores, ours: Change, id: string): Promise<Change> {
  return (await record.change(ours, id))?.change ?? { ...ours, id };
}

function changeOf(s: Submission, author: Change['author']): Change {
  return {
    id: ulid(),
    verb: s.verb,
    ...s.environment,
    plan: s.stored.plan,
    artifacts: s.stored.artifacts,
    intent: intentOf(s),
    revision: s.revision,
    ...(s.commit ? { commit: s.commit.id, commitSubject: s.commit.subject ?? undefined } : {}),
    ...(author && { author }),
    startedBy: who(),
    startedAt: new Date().toISOString(),
    allowDestroy: s.allowDestroy,
    ...(s.waitForWindow && { waitForWindow: true }),
    ...(s.steps ? { steps: s.steps } : {}),
  };
}

/** Some steps are another intent than all of them: it doesn't attach to a run that does all. */
export const intentOf = ({ compiled, steps }: Pick<Submission, 'compiled' | 'steps'>): Digest =>
  steps === undefined
    ? compiled.intent
    : digestOf('millwright.intent.v1', { intent: compiled.intent, steps });

/** A run without workers only waits: said at once, as it looks like nothing at all. */
export async function warnIdle(context: Context, engine: Engine, sites: readonly string[]): Promise<void> {
  const idle = await idleQueues(engine, sites);
  if (idle.length === 0) return;
  context.io.err(
    `Nobody works for ${idle.join(', ')}: the run waits until somebody does. Start one: millwright dev, or millwright worker --control | --site NAME`,
  );
}
