import { type EnvironmentRef, MillwrightError } from '../model/index.js';
import { machineList } from '../report/index.js';
import type { Answer, SteerRequest } from '../workflows/types.js';
import { candidatesOf } from './candidates.js';
import type { Context } from './context.js';
import { refused } from './errors.js';
import { Exit } from './exit.js';
import { environmentFlag } from './flags.js';
import { identify } from './identity.js';
import { activeRuns } from './run/active.js';
import { activeRun, type FoundRun, findRun } from './run/find.js';
import { watchRun } from './run/run.js';
import { refusalCode, send } from './run/send.js';
import { glance } from './run/snapshot.js';
import { parseFollow, type RawSteering } from './steering.js';
import { type Stores, withStores } from './stores.js';
import { type Candidate, selectTargets } from './targets.js';
import { connectEngine, type Engine } from './temporal.js';

export interface AnswerCommand {
  readonly verb: Answer;
  /** RUN; undefined: the active one. */
  readonly run: string | undefined;
  readonly target: string | undefined;
  readonly batch?: boolean;
  readonly options: RawSteering;
  /** What to do about a run that has ended; without it that is refused. */
  readonly ended?: (scene: Scene, found: Extract<FoundRun, { state: 'ended' }>) => Promise<number>;
}

export interface Scene {
  readonly context: Context;
  readonly engine: Engine;
  readonly stores: Stores;
  readonly environment: EnvironmentRef;
}

/** Tells a run what a person decided, then follows it like `up` does; the answer is the exit status. */
export async function answerRun(context: Context, command: AnswerCommand): Promise<number> {
  parseFollow(command.options);
  const environment = await identify(context);
  const engine = await connectEngine(context);
  try {
    return await withStores(context, async (stores) => {
      const scene = { context, engine, stores, environment };
      const found = await meantRun(scene, command);
      if (found.state === 'active') return await answerActive(scene, command, found);
      if (command.ended) return await command.ended(scene, found);
      throw hasEnded(command.verb, found);
    });
  } finally {
    await engine.close();
  }
}

async function meantRun(
  { engine, stores, environment }: Scene,
  { verb, run }: AnswerCommand,
): Promise<FoundRun> {
  if (run !== undefined) return findRun(engine, stores, environment, run);
  const [active] = await activeRuns(engine, environment);
  if (active) return activeRun(stores, environment, active, active.memo.changeId);
  throw refused(
    refusalCode(verb),
    `No run is active in ${environment.fleet}/${environment.environment}.`,
    'millwright status shows what was.',
  );
}

async function answerActive(
  scene: Scene,
  command: AnswerCommand,
  found: Extract<FoundRun, { state: 'active' }>,
): Promise<number> {
  const { context, engine, stores } = scene;
  const { verb, options, batch } = command;
  const machines = command.target === undefined ? [undefined] : await machinesOf(scene, command, found);
  for (const machine of machines) {
    const request: Omit<SteerRequest, 'by'> = {
      ...(machine === undefined ? {} : { machine }),
      ...(batch ? { batch } : {}),
      ...(options.reason === undefined ? {} : { reason: options.reason }),
    };
    await send(engine, found.started, verb, request);
  }
  const { detach, onInterrupt, reports } = parseFollow(options);
  context.say(`Accepted: ${accepted(verb, machines)}.`);
  if (!detach) {
    const { change, started } = found;
    return watchRun({ context, engine, stores, change, started, onInterrupt, reports });
  }
  context.say(`Watch it: millwright status ${found.run} -w${environmentFlag(context)}`);
  return Exit.asAsked;
}

function accepted(verb: Answer, machines: readonly (string | undefined)[]): string {
  const names = machineList(machines.filter((one) => one !== undefined));
  switch (verb) {
    case 'retry':
      return `the same plan runs again on ${names || 'every machine that asks'}, from its receipts`;
    case 'skip':
      return `the run goes on without ${names || 'the machines that ask'}`;
    case 'rollback':
      return `what was verified before is put back on ${names || 'all that this run changed'}`;
    case 'stop':
      return 'the running steps end, then the run does; the rest is owed, and millwright up goes on';
  }
}

/** Retry and skip choose among the machines that ask, rollback among all; whether it makes sense the run decides. */
async function machinesOf(
  { engine, stores, environment }: Scene,
  { verb, target }: AnswerCommand,
  { started }: Extract<FoundRun, { state: 'active' }>,
): Promise<string[]> {
  const pattern = target ?? '';
  const candidates =
    verb === 'rollback'
      ? candidatesOf(await stores.record.machines(environment))
      : await asking(engine, environment, started);
  try {
    const chosen = selectTargets([pattern], [], candidates).map((one) => one.machine);
    return chosen.length > 0 ? chosen : [pattern];
  } catch (error) {
    if (error instanceof MillwrightError) return [pattern];
    throw error;
  }
}

async function asking(
  engine: Engine,
  environment: EnvironmentRef,
  started: { readonly id: string; readonly runId: string },
): Promise<Candidate[]> {
  const seen = await glance(engine, environment, started);
  if (typeof seen === 'string') return [];
  return (seen.progress.questions ?? []).map(({ machine, group, outcome }) => ({
    machine,
    group: group ?? '',
    labels: {},
    outcome: outcome.outcome,
    debts: [],
  }));
}

const hasEnded = (verb: Answer, { row }: Extract<FoundRun, { state: 'ended' }>): MillwrightError =>
  refused(
    refusalCode(verb),
    `Run ${row.run} is not active: it ended ${row.outcome ?? 'without telling how'}.`,
    verb === 'stop' ? 'millwright status shows what is.' : 'millwright up goes on where it stopped.',
  );
