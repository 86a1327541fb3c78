import type { ControlDeps } from '../../src/activities/index.js';
import {
  type Base,
  type Change,
  type Hold,
  type InstanceInfo,
  type MachineBase,
  type MachineRef,
  machineId,
} from '../../src/model/index.js';
import type {
  AnswerEntry,
  ChangeRow,
  HistoryRow,
  MachineEntry,
  RunRecord,
  VoteEntry,
} from '../../src/record/port.js';
import type { Store } from '../../src/store/port.js';

/** The record as control's activities see it: every entry in order, what was answered, what was begun and ended. */
export class SimRecord {
  readonly entries: MachineEntry[] = [];
  readonly begun: string[] = [];
  readonly changes = new Map<string, Change>();
  readonly ended = new Map<string, string>();
  readonly answered: AnswerEntry[] = [];
  readonly voted: VoteEntry[] = [];
  readonly holds = new Map<string, Hold | null>();
  readonly given = new Set<string>();
  /** Entries by machine, as far as they have been sorted in: nobody searches those of ten thousand machines. */
  private readonly sorted = new Map<string, MachineEntry[]>();
  private sortedIn = 0;
  /** A real record that is told the same and asked for what scans find. */
  real?: RunRecord;

  /** Last entry of a machine, of that change if one is named. */
  last(machine: string, changeId?: string): MachineEntry | undefined {
    return this.entries.findLast(
      (one) => one.ref.machine === machine && (changeId === undefined || one.changeId === changeId),
    );
  }

  private of(ref: MachineRef): readonly MachineEntry[] {
    if (this.entries.length < this.sortedIn) {
      this.sorted.clear();
      this.sortedIn = 0;
    }
    for (const entry of this.entries.slice(this.sortedIn)) {
      const id = machineId(entry.ref);
      const mine = this.sorted.get(id);
      if (mine === undefined) this.sorted.set(id, [entry]);
      else mine.push(entry);
    }
    this.sortedIn = this.entries.length;
    return this.sorted.get(machineId(ref)) ?? [];
  }

  deps(store: Store, holder: ControlDeps['holder']): ControlDeps {
    return { store, record: this.port(), holder };
  }

  port() {
    return {
      beginChange: async (change) => {
        if (!this.begun.includes(change.id)) this.begun.push(change.id);
        this.changes.set(change.id, change);
        await this.real?.beginChange(change);
        return { run: this.begun.indexOf(change.id) + 1 };
      },
      endChange: async (id, outcome) => {
        this.ended.set(id, outcome);
        await this.real?.endChange(id, outcome);
      },
      putMachine: async (entry) => {
        if (!this.comesLate(entry)) this.entries.push(entry);
        await this.real?.putMachine(entry);
      },
      putAnswer: async (answer) => {
        const known = this.answered.some(({ changeId, n }) => changeId === answer.changeId && n === answer.n);
        if (!known) this.answered.push(answer);
      },
      putVote: async (vote) => {
        const known = this.voted.some(({ changeId, id }) => changeId === vote.changeId && id === vote.id);
        if (!known) this.voted.push(vote);
      },
      votes: async (changeId) => this.voted.filter((one) => one.changeId === changeId),
      answers: async (changeId) => this.answered.filter((one) => one.changeId === changeId),
      outcomes: async (changeId) => this.outcomes(changeId),
      putHold: async (ref, hold) => void this.holds.set(machineId(ref), hold),
      forget: async (ref) => void this.given.add(machineId(ref)),
      forgotten: async ({ fleetUid, environment }) =>
        [...this.given].filter((id) => id.startsWith(`${fleetUid}/${environment}/`)).map(nameOf),
      base: async (environment) => this.baseOf(environment),
      drained: async (environment) => this.drainedOf(environment),
      change: async (_, run) => this.changeRow(run),
      machines: async (environment) => (await this.real?.machines(environment)) ?? [],
      changes: async (environment, limit) => (await this.real?.changes(environment, limit)) ?? [],
      putDrift: async (environment, entries) => this.real?.putDrift(environment, entries),
      drift: async (environment) => (await this.real?.drift(environment)) ?? [],
      noteClean: async (environment, scan) => this.real?.noteClean(environment, scan),
      putScan: async (entry) => this.real?.putScan(entry),
    } satisfies Partial<RunRecord>;
  }

  /** As the record has it: what a create begins with says nothing once the machine's end is known. */
  private comesLate({ ref, changeId, outcome, instance }: MachineEntry): boolean {
    const before = this.of(ref).at(-1);
    const ended = before?.changeId === changeId && before.outcome.outcome !== 'running';
    return outcome.outcome === 'running' && ended && before.instance?.instance === instance?.instance;
  }

  private outcomes(changeId: string): HistoryRow[] {
    const machines = new Map(
      this.entries.filter((one) => one.changeId === changeId).map((one) => [one.ref.machine, one]),
    );
    const change = this.changes.get(changeId);
    return [...machines.values()]
      .sort((a, b) => (a.ref.machine < b.ref.machine ? -1 : 1))
      .map(({ ref, group, instance, outcome, receipts, evidence }) => ({
        ...{ run: this.begun.indexOf(changeId) + 1, changeId, verb: change?.verb ?? 'up', commit: null },
        ...{ startedBy: change?.startedBy ?? '', startedAt: change?.startedAt ?? '' },
        ...{ machine: ref.machine, group, instance: instance?.instance ?? null },
        ...{ outcome, receipts, evidence },
      }));
  }

  /** What a plan is compiled against; undefined where the machine does not exist. A new instance begins without bundles. */
  base(ref: MachineRef, group: string): MachineBase | undefined {
    const mine = this.of(ref);
    const row = mine.reduce(folded, { change: '' });
    const { instance, assigned = null, verified = null } = row;
    if (instance == null) return undefined;
    const { instance: id, shape, protect } = instance;
    return { ...{ instance: id, assigned, verified, shape, group, protect }, site: mine.at(-1)?.site ?? '' };
  }

  private baseOf({ fleetUid, environment }: Omit<MachineRef, 'machine'>): Base {
    const mine = this.entries.filter(
      ({ ref }) => ref.fleetUid === fleetUid && ref.environment === environment,
    );
    return Object.fromEntries(
      mine.flatMap(({ ref, group }) => {
        const base = this.given.has(machineId(ref)) ? undefined : this.base(ref, group);
        return base === undefined ? [] : [[ref.machine, base] as const];
      }),
    );
  }

  private drainedOf({ fleetUid, environment }: Omit<MachineRef, 'machine'>): Record<string, string> {
    const rows = new Map<string, string | null>();
    for (const { ref, drained } of this.entries)
      if (ref.fleetUid === fleetUid && ref.environment === environment && drained !== undefined)
        rows.set(ref.machine, drained);
    return Object.fromEntries([...rows].flatMap(([name, at]) => (at === null ? [] : [[name, at]])));
  }

  private changeRow(id: string): ChangeRow | undefined {
    const change = this.changes.get(id);
    if (change === undefined) return undefined;
    const run = this.begun.indexOf(id) + 1;
    return { change, run, outcome: this.ended.get(id) ?? null, endedAt: null };
  }
}

interface Row {
  readonly change: string;
  readonly since?: string;
  readonly instance?: InstanceInfo | null;
  readonly assigned?: string;
  readonly verified?: string;
}

/** As the record's own upsert: what an entry doesn't say stays, and what was begun earlier comes too late. */
function folded(old: Row, entry: MachineEntry): Row {
  const { changeId, since, instance, assigned, verified } = entry;
  if (since === undefined || old.since === undefined ? old.change > changeId : old.since > since) return old;
  const same = instance === undefined || instance?.instance === old.instance?.instance;
  return {
    change: changeId,
    since: since ?? old.since,
    instance: instance === undefined ? old.instance : instance,
    assigned: assigned ?? (same ? old.assigned : undefined),
    verified: verified ?? (same ? old.verified : undefined),
  };
}

const nameOf = (id: string): string => id.split('/').at(-1) ?? '';
