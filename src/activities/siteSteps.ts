import type { SiteOutcome } from '../adapters/port.js';
import { encodeAnswer, type SlotValue, type StartInput, siteArgv, siteTemp } from '../bundle/index.js';
import type { InstanceInfo, JournalLine, Target } from '../model/index.js';
import { pause } from './attempt.js';
import type { SiteDeps } from './deps.js';
import { sshTarget, withMachine } from './machine.js';
import { type Playbook, playbookOf } from './playbook.js';
import { isKeptOut } from './reach.js';

const pauseMs = 1_000;
/** Exit of `site` where somebody waits. */
const waits = 0;

export interface SiteWork {
  readonly deps: SiteDeps;
  readonly target: Target;
  readonly info: InstanceInfo;
  /** Values of slots, asked for when a step needs them. */
  slots(): Promise<readonly SlotValue[]>;
  readonly input: Pick<StartInput, 'runner' | 'run' | 'bytes' | 'purpose'>;
  readonly signal: AbortSignal;
  /** Told of tasks as they begin. */
  readonly onTask: (step: string, task: string) => void;
}

/**
 * Carries out the steps that a run leaves to its site, while the run is followed: `needs-site` in the journal asks for it, and
 * the run waits for the answer. One that was answered before, by whoever followed the run then, is not carried out again.
 */
export class SiteSteps {
  private readonly over = new AbortController();
  private readonly broken = new AbortController();
  private readonly own: AbortSignal;
  /** Aborts with the work's, and when a step could not be answered: nobody need follow then. */
  readonly signal: AbortSignal;
  private working: Promise<void> = Promise.resolve();

  constructor(private readonly work: SiteWork) {
    this.own = AbortSignal.any([work.signal, this.over.signal]);
    this.signal = AbortSignal.any([work.signal, this.broken.signal]);
  }

  /** To be told of each line of the journal. */
  heard({ step, state, token }: JournalLine): void {
    if (state !== 'needs-site' || step === undefined || token === undefined) return;
    this.working = this.working
      .then(() => this.carryOut(step, token))
      .catch((error: unknown) => {
        if (!this.own.aborted) this.broken.abort(error);
      });
  }

  /** Resolves when nothing that it started is at work any more. */
  async end(): Promise<void> {
    this.over.abort();
    await this.working;
  }

  private async carryOut(step: string, token: string): Promise<void> {
    if ((await this.tell(token, '')) !== waits) return;
    await this.tell(token, encodeAnswer(await this.outcome(step, token)));
  }

  private async outcome(step: string, token: string): Promise<SiteOutcome> {
    const { deps, target, info, slots, input } = this.work;
    if (deps.ansible === undefined) return noAnsible(deps.site);
    const playbook: Playbook = playbookOf(await deps.store.get(input.bytes), step, await slots());
    return deps.ansible.play({
      ...playbook,
      machine: target.ref.machine,
      group: target.group,
      ssh: await sshTarget(deps, info),
      check: input.purpose === 'check',
      remoteTemp: siteTemp(token),
      signal: this.own,
      onTask: (task) => this.work.onTask(step, task),
    });
  }

  /** What `site` exits with; as long as nobody gets in, it is tried again: the run waits. */
  private async tell(token: string, frame: string): Promise<number | null> {
    const { deps, info, input } = this.work;
    for (;;) {
      try {
        return await withMachine(
          deps,
          info,
          async (session) =>
            (await session.exec(siteArgv(input.runner, input.run, token), { stdin: frame, signal: this.own }))
              .code,
          { signal: this.own },
        );
      } catch (error) {
        if (!isKeptOut(error)) throw error;
        await pause(pauseMs, this.own);
      }
    }
  }
}

const noAnsible = (site: string): SiteOutcome => ({
  ...{ state: 'failed', code: 'MW-ANSIBLE-SETUP', tasks: [] },
  reason: `the worker of site ${site} runs no playbooks`,
});
