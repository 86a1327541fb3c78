import { SimRecord, SimSite, type SimVm } from '../support/sim.js';
import type { SimBundle } from '../support/sim-bundle.js';
import type { AttemptFault, CallFault } from './faults.js';
import { attemptFault, callFault, sleep } from './faults.js';
import type { Dice } from './keyed.js';
import { environmentOf, mendNameOf, scheduleOf } from './names.js';
import type { RecentStore } from './store.js';
import { Watch } from './watch.js';

/** One attempt of an activity, as it asked for its fate. */
export interface Attempt {
  readonly schedule: number;
  /** Workflow that it belongs to. */
  readonly of: string;
  readonly change: string;
  readonly machine: string;
  readonly activity: string;
  readonly attempt: number;
  readonly ofControl: boolean;
}

/** After so many attempts of activities in one change all is calm: it must come to an end. */
const mostAttempts = 150;

/** All that one schedule consists of outside the workers: its site, its record, its dice, and what happened. */
export class World {
  readonly site: SimSite;
  readonly record = new SimRecord();
  readonly environment;
  readonly timeline: string[] = [];
  readonly violations: string[] = [];
  /** Bundles of this schedule by their id. */
  readonly bundles = new Map<string, SimBundle>();
  /** Attempts whose work goes on although Temporal knows nothing of it any more. */
  zombies = 0;
  faultsOn = true;
  /** Something went wrong in the change that is worked on: somebody should have a look. */
  trouble = false;
  private wake?: () => void;
  /** Retries that were asked for, by change and machine; `*` stands for all machines. */
  readonly retries = new Map<string, number>();
  /** Gates of the change that is worked on, and those that somebody agreed to. */
  private gates = new Set<string>();
  private readonly agreed = new Set<string>();
  /** Votes that were said to count, by change. */
  readonly votes = new Map<string, Set<string>>();
  /** Scans, and what they are about. */
  readonly watch = new Watch(this);
  current = '';
  /** Of the change that is worked on. */
  private attempts = 0;
  private readonly began = Date.now();
  /** By key. */
  private readonly asked = new Map<string, Attempt>();
  /** Names of changes that scans begin: their own ids are no dice's. */
  private readonly names = new Map<string, string>();
  private readonly times = new Map<string, number>();
  private readonly calls = new Map<string, number>();

  constructor(
    readonly schedule: number,
    readonly dice: Dice,
    readonly intensity: number,
    readonly count: (kind: string) => void,
    store: RecentStore,
  ) {
    this.site = new SimSite(store);
    this.environment = environmentOf(schedule);
  }

  say(text: string): void {
    this.timeline.push(`+${String(Date.now() - this.began).padStart(6)} ms  ${text}`);
  }

  violated(text: string): void {
    this.say(`VIOLATION ${text}`);
    if (!this.violations.includes(text)) this.violations.push(text);
  }

  /** From now on everything works, and nobody is in the way. */
  calm(): void {
    if (this.faultsOn) this.say('calm from here on');
    this.faultsOn = false;
    for (const { target } of this.machines()) {
      target.disk.hold = null;
      target.behaviour.reachable = true;
      target.behaviour.failing.clear();
    }
  }

  troubled(): void {
    this.trouble = true;
    this.wake?.();
  }

  /** Until something goes wrong, at most for so long. */
  async nextTrouble(withinMs: number): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.wake = resolve;
    });
    // The question opens a moment after the outcome was recorded.
    await Promise.race([woken.then(() => sleep(50)), sleep(withinMs)]);
  }

  begin(change: string, gates: readonly string[] = []): void {
    this.current = change;
    // Somebody has to look where something is to be agreed to.
    this.trouble = gates.length > 0;
    this.attempts = 0;
    this.gates = new Set(gates);
    this.agreed.clear();
    this.votes.set(change, new Set());
  }

  /** From this moment on a gate may be open: its last vote is on its way. */
  agree(gate: string): void {
    this.agreed.add(gate);
  }

  isClosed = (gate: string): boolean => this.gates.has(gate) && !this.agreed.has(gate);

  counted(vote: string): void {
    this.votes.get(this.current)?.add(vote);
  }

  retried(machine: string, all: boolean): void {
    const key = `${this.current} ${all ? '*' : machine}`;
    this.retries.set(key, (this.retries.get(key) ?? 0) + 1);
  }

  machines(): SimVm[] {
    return [...this.site.vms.values()];
  }

  /** What a change is called in keys of dice. */
  nameOf(change: string): string {
    if (scheduleOf(change) !== undefined) return change;
    const name = this.names.get(change) ?? mendNameOf(this.schedule, this.names.size + 1);
    this.names.set(change, name);
    return name;
  }

  /** Whether what is recorded of a change now is a claim: what is said of one that has ended comes from a zombie. */
  isOpen = (change: string): boolean =>
    change === this.current || (this.watch.mends.has(change) && !this.record.ended.has(change));

  /** Its work goes on, whatever happens meanwhile. */
  readonly strays = new Set<string>();
  attemptOf = (key: string): Attempt | undefined => this.asked.get(key);

  /** Key of an attempt: which time this activity is done in this change, and which attempt of that it is. */
  private keyOf(one: Attempt): string {
    const what = `${this.nameOf(one.change)}/${one.machine}/${one.activity}`;
    const times = (this.times.get(what) ?? 0) + (one.attempt === 1 ? 1 : 0);
    this.times.set(what, times);
    return `${what}/${times}/${one.attempt}`;
  }

  /** What becomes of an attempt. Gives its key, by which its calls are keyed in turn. */
  fate(one: Attempt): { readonly key: string; readonly fault?: AttemptFault } {
    const key = this.keyOf(one);
    this.asked.set(key, one);
    if (one.of.startsWith('machine/')) this.watch.own(one.machine, one.change);
    // Scans have an end of their own: a change is not calmed because of them.
    const ofScan = one.of.startsWith('reconcile/') || this.watch.mends.has(one.change);
    if (this.faultsOn && !ofScan && ++this.attempts > mostAttempts) this.calm();
    if (!this.faultsOn) return { key };
    const fault = attemptFault(this.dice.of('attempt', key), this.intensity, one.ofControl);
    if (fault === undefined) return { key };
    if (fault.kind === 'zombie' || fault.kind === 'late') this.strays.add(key);
    this.count(`attempt ${fault.kind}`);
    this.say(`${nameOf(one)} attempt ${one.attempt}: ${fault.kind} ${fault.delayMs} ms`);
    return { key, fault };
  }

  callFate(key: string, machine: string, method: string): CallFault | undefined {
    if (!this.faultsOn) return undefined;
    const n = (this.calls.get(`${key}/${method}`) ?? 0) + 1;
    this.calls.set(`${key}/${method}`, n);
    const fault = callFault(this.dice.of('call', key, method, n), this.intensity, method);
    if (fault === undefined) return undefined;
    this.count(`call ${fault.kind}`);
    this.say(
      `${machine} ${method} ${n} of ${key.split('/').slice(2).join('/')}: ${fault.kind} ${fault.delayMs} ms`,
    );
    return fault;
  }
}

const nameOf = ({ machine, activity, change }: Attempt): string =>
  `${machine || change.slice(-10, -8)} ${activity}`;
