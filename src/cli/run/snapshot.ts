import { z } from 'zod';
import { type EnvironmentRef, type MachineOutcome, type PhaseReport, workflowId } from '../../model/index.js';
import type { BatchProgress, MachineProgress, RolloutProgress } from '../../workflows/types.js';
import type { Engine } from '../temporal.js';

/** What an activity said last, in its heartbeat: a hint, the target's journal is the truth. */
const beat = z.looseObject({
  step: z.string().optional(),
  index: z.number().optional(),
  total: z.number().optional(),
  percent: z.number().optional(),
});

export type StepNow = z.infer<typeof beat> & {
  /** Set while an attempt after a failed one runs or waits. */
  readonly retry?: { readonly attempt: number; readonly message: string };
};

/** Machines asked for details at most: more than a screen shows would only cost. */
const DETAILED = 12;

/** Where a run stands, as its workflows say right now. */
export interface Snapshot {
  readonly progress: RolloutProgress;
  readonly groups: readonly GroupSnapshot[];
  /** Machine to its phases so far. */
  readonly phases: ReadonlyMap<string, readonly PhaseReport[]>;
  /** Machine to the step it is at. */
  readonly steps: ReadonlyMap<string, StepNow>;
}

export interface Looking {
  readonly batch: string;
  readonly activity: string;
  readonly machines: readonly string[];
}

export interface GroupSnapshot {
  readonly group: string | null;
  readonly running: readonly string[];
  /** Those of them that an activity of their batch looks at. */
  readonly looking?: readonly Looking[];
  /** Of several attempts the last, unless the next one runs. */
  readonly done: readonly MachineOutcome[];
}

/** Asks workflows of one change; remembers what can't change any more. */
export class Watcher {
  private readonly finished = new Map<string, BatchProgress>();

  constructor(
    private readonly engine: Engine,
    private readonly environment: EnvironmentRef,
    private readonly workflow: { readonly id: string; readonly runId: string },
  ) {}

  async look(): Promise<Snapshot> {
    const progress = await this.query<RolloutProgress>(this.workflow.id, this.workflow.runId);
    const groups = await Promise.all(progress.groups.map((group) => this.group(group)));
    const watched = groups.flatMap(ownWorkflows).slice(0, DETAILED);
    const details = await Promise.all(watched.map((machine) => this.machine(machine, progress.changeId)));
    const known = details.filter((one) => one !== undefined);
    return {
      progress,
      groups,
      phases: new Map([
        ...groups.flatMap(lookedAt),
        ...known.map(({ progress: one }) => [one.machine, one.phases] as const),
      ]),
      steps: new Map(known.flatMap((one) => (one.step ? [[one.progress.machine, one.step] as const] : []))),
    };
  }

  private async group(group: RolloutProgress['groups'][number]): Promise<GroupSnapshot> {
    const batches = await Promise.all(group.batches.map(async (id) => ({ id, is: await this.batch(id) })));
    const known = batches.flatMap(({ is }) => is ?? []);
    const looking = batches.flatMap(({ id, is }) => lookingOf(id, is?.looking ?? {}));
    const running = known.flatMap((one) => one.running);
    return {
      group: group.group,
      ...{ running, looking },
      done: lastOf(known.flatMap((one) => one.done)).filter((one) => !running.includes(one.machine)),
    };
  }

  private async batch(id: string): Promise<BatchProgress | undefined> {
    const kept = this.finished.get(id);
    if (kept) return kept;
    const progress = await this.query<BatchProgress>(id).catch(ignoreNotFound);
    const over = progress !== undefined && progress.running.length === 0 && progress.waiting === 0;
    if (progress && over && progress.done.length > 0) this.finished.set(id, progress);
    return progress;
  }

  private async machine(
    machine: string,
    changeId: string,
  ): Promise<{ progress: MachineProgress; step?: StepNow } | undefined> {
    const id = workflowId.machine({ ...this.environment, machine });
    const progress = await this.query<MachineProgress>(id).catch(ignoreNotFound);
    if (progress?.changeId !== changeId) return undefined;
    return { progress, step: await this.step(id) };
  }

  private async step(id: string): Promise<StepNow | undefined> {
    const { raw } = await this.deadline(() => this.engine.client.workflow.getHandle(id).describe());
    const activity = raw.pendingActivities?.[0];
    if (!activity) return undefined;
    const said = beat.safeParse(json(activity.heartbeatDetails?.payloads?.[0]?.data)).data ?? {};
    const attempt = activity.attempt ?? 1;
    const message = activity.lastFailure?.message;
    return attempt > 1 && message ? { ...said, retry: { attempt, message } } : said;
  }

  private query<T>(id: string, runId?: string): Promise<T> {
    return this.deadline(() => this.engine.client.workflow.getHandle(id, runId).query<T>('progress'));
  }

  private deadline<T>(call: () => Promise<T>): Promise<T> {
    return this.engine.connection.withDeadline(Date.now() + 5000, call);
  }
}

const ownWorkflows = ({ running, looking = [] }: GroupSnapshot): readonly string[] =>
  running.filter((name) => !looking.some(({ machines }) => machines.includes(name)));

const lookedAt = ({ looking = [] }: GroupSnapshot): [string, PhaseReport[]][] =>
  looking.flatMap(({ machines }) => machines.map((name) => [name, [{ phase: 'look', state: 'running' }]]));

const lookingOf = (batch: string, looking: NonNullable<BatchProgress['looking']>): Looking[] =>
  Object.entries(looking).map(([activity, machines]) => ({ batch, activity, machines }));

function json(data: Uint8Array | null | undefined): unknown {
  try {
    return data ? JSON.parse(Buffer.from(data).toString()) : undefined;
  } catch {
    return undefined;
  }
}

/** A child that is just being started, or whose history is gone, has nothing to say yet. */
function ignoreNotFound(error: unknown): undefined {
  if (error instanceof Error && error.name === 'WorkflowNotFoundError') return undefined;
  throw error;
}

/** Of several outcomes of one machine the last, in the order of the first ones. */
export const lastOf = (outcomes: readonly MachineOutcome[]): MachineOutcome[] => [
  ...new Map(outcomes.map((one) => [one.machine, one])).values(),
];

/** Where a run stands right now, or why it doesn't say. */
export async function glance(
  engine: Engine,
  environment: EnvironmentRef,
  workflow: { readonly id: string; readonly runId: string },
): Promise<Snapshot | string> {
  try {
    return await new Watcher(engine, environment, workflow).look();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
