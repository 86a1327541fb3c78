import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { openRecord } from '../../src/record/index.js';
import type { RunRecord } from '../../src/record/port.js';
import { workflowBundle } from '../../src/worker/bundle.js';
import { startTemporal } from '../support/temporal.js';
import { sleep } from './faults.js';
import { Dice } from './keyed.js';
import { play } from './play.js';
import { Processes } from './processes.js';
import { Replays } from './replays.js';
import { type Script, scriptOf } from './script.js';
import { type Backstage, openStage, type Stage } from './server.js';
import { RecentStore } from './store.js';
import { Truth } from './truth.js';
import { World } from './world.js';

export interface Options {
  readonly seed: number;
  readonly from: number;
  readonly runs: number;
  readonly atOnce: number;
  readonly workers: number;
  readonly kills: boolean;
  /** Histories of machines too, not only those of rollouts. */
  readonly replaysMachines: boolean;
  /** Violating schedules after which nothing more is begun. */
  readonly most: number;
}

export interface Violation {
  readonly schedule: number;
  readonly violations: readonly string[];
  readonly timeline: readonly string[];
}

/** Schedules per Temporal server: an older one would be slower, and hold all of their histories. */
const perServer = 400;

export class Campaign {
  readonly counts = new Map<string, number>();
  readonly found: Violation[] = [];
  done = 0;
  private readonly stages = new Map<number, Stage>();
  private readonly store = new RecentStore();
  private next: number;
  /** Begins nothing more and lets go of what runs. */
  abort!: () => void;
  /** Something broke that concerns all schedules. */
  private readonly aborted = new Promise<void>((resolve) => {
    this.abort = () => {
      this.isAborted = true;
      resolve();
    };
  });
  private isAborted = false;
  private replays?: Replays;
  /** What scans write into and read from; the fleets of all schedules are in it. */
  private record?: RunRecord;
  private readonly scripts = new Map<number, { readonly script: Script; attempts: number }>();

  constructor(
    private readonly options: Options,
    private readonly report: (violation: Violation) => void,
    private readonly tell: (text: string) => void,
  ) {
    this.next = options.from;
  }

  private isOver(): boolean {
    return this.isAborted || this.found.length >= this.options.most;
  }

  readonly count = (kind: string): void => void this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);

  async run(): Promise<void> {
    const dir = await mkdtemp(join(tmpdir(), 'millwright-chaos-'));
    const codePath = join(dir, 'workflows.js');
    this.record = openRecord(`sqlite://${join(dir, 'record.db')}`);
    await this.record.migrate();
    const bundle = await workflowBundle();
    await writeFile(codePath, 'code' in bundle ? bundle.code : '');
    const end = this.options.from + this.options.runs;
    try {
      while (this.next < end && !this.isOver()) {
        await this.round(dir, codePath, Math.min(end, this.next + perServer));
      }
    } finally {
      await this.record.close();
      await rm(dir, { recursive: true });
    }
  }

  /** One Temporal server's worth of schedules. */
  private async round(dir: string, codePath: string, end: number): Promise<void> {
    // Timers, and with them pauses between attempts, would come up to a second late.
    const soon = ['--dynamic-config-value', 'history.timerProcessorMaxTimeShift="20ms"'];
    const temporal = await startTemporal(soon);
    const socket = join(dir, `${this.next}.sock`);
    const processes = new Processes([socket, temporal.address ?? '', codePath], (text) => this.broken(text));
    const server = await openStage(socket, this.backstage(processes));
    await processes.start(this.options.workers);
    this.replays = new Replays(codePath, temporal.client, join(tmpdir(), 'millwright-chaos-histories'));
    // All at once would make the first workflow tasks wait for each other longer than they may take.
    const lane = async (_: unknown, i: number): Promise<void> => {
      await sleep(i * 300);
      while (this.next < end && !this.isOver())
        await this.one(this.next++, temporal.client, this.replays as Replays);
    };
    try {
      const lanes = Array.from({ length: Math.min(this.options.atOnce, end - this.next) }, lane);
      await Promise.race([Promise.all(lanes), this.aborted]);
    } finally {
      await this.replays.close();
      await processes.close();
      server.close();
      await temporal.teardown();
    }
  }

  private backstage(processes: Processes): Backstage {
    return {
      store: this.store,
      stages: this.stages,
      hello: (peer, pid) => processes.hello(peer, pid),
      ready: () => processes.ready(),
      mayKill: (peer, { world }) => {
        const known = this.scripts.get(world.schedule);
        if (known === undefined || ++known.attempts !== known.script.killAt || !world.faultsOn) return;
        if (!processes.kill(peer)) return;
        this.count('worker killed');
        for (const stage of this.stages.values()) stage.world.say('a worker process is killed');
      },
      log: (text) => this.logged(text),
    };
  }

  private logged(text: string): void {
    if (isExpected(text)) return;
    this.count('worker warned');
    const failed = /Failing workflow task|nondetermin|TMPRL1100/i.test(text);
    if (failed) void this.stuck(text);
    else this.tell(text.slice(0, 200));
  }

  /** A workflow whose task fails is tried again for ever. */
  private async stuck(text: string): Promise<void> {
    const runId = /"runId":"([^"]+)"/.exec(text)?.[1];
    const path = runId === undefined ? undefined : await this.replays?.keep(runId).catch(() => undefined);
    this.broken(`${text.slice(0, 1000)}; its history is in ${path ?? 'nobody knows which workflow'}`);
  }

  private broken(text: string): void {
    this.find({ schedule: -1, violations: [text.slice(0, 2000)], timeline: [] });
    this.abort();
  }

  private find(violation: Violation): void {
    this.found.push(violation);
    this.report(violation);
  }

  /** What is still played, for whoever gives up waiting for it. */
  unfinished(): Violation[] {
    return [...this.stages].map(([schedule, { world }]) => ({
      ...{ schedule, violations: ['it has not ended'], timeline: world.timeline },
    }));
  }

  private async one(schedule: number, client: Client, replays: Replays): Promise<void> {
    const dice = new Dice([this.options.seed, schedule]);
    const script = scriptOf(dice, schedule, this.options.kills);
    const world = new World(schedule, dice, script.intensity, this.count, this.store);
    world.record.real = this.record;
    const stage: Stage = { world, truth: new Truth(world), provider: world.site.deps().provider };
    this.stages.set(schedule, stage);
    this.scripts.set(schedule, { script, attempts: 0 });
    try {
      await play(
        stage,
        script,
        { client, replays, replaysMachines: this.options.replaysMachines },
        this.count,
      );
    } catch (error) {
      world.violated(`the schedule itself broke: ${error instanceof Error ? error.stack : error}`);
    }
    this.stages.delete(schedule);
    this.scripts.delete(schedule);
    for (const { outcome } of world.record.entries)
      if (outcome.outcome !== 'running') this.count(`machine ${outcome.outcome}`);
    this.done++;
    if (world.violations.length === 0) return;
    this.find({ schedule, violations: world.violations, timeline: world.timeline });
  }
}

/** What the SDK says of attempts that were given up, of calls that a kill cut off, and of starts refused. */
const isExpected = (text: string): boolean =>
  /TMPRL1104|TMPRL1102|Query not found|already has one|No workflows registered|phase failed|Activity not found|not found on|ActivityFailed|Activity failed|Activity task|heartbeat|ignored|snapshot stays|could not be looked at|workflow task.*not found|UnableToFindQueue|already completed/i.test(
    text,
  );
