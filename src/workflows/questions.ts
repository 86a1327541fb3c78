import { ApplicationFailure } from '@temporalio/common';
import { CancellationScope, condition, log } from '@temporalio/workflow';
import type { MachineOutcome } from '../model/index.js';
import { control } from './activities.js';
import type { Answer, Answered, Question, SteerRequest, StopRequest } from './types.js';

/** The questions of one rollout and what was answered; a person, a policy and a stop all answer here. */
export class Questions {
  private readonly waiting = new Map<string, Waiting>();
  readonly answered: Answered[] = [];

  constructor(
    private readonly changeId: string,
    /** Called when the first question opens or the last one closes. */
    private readonly changed: () => void,
  ) {}

  get open(): readonly Question[] {
    return [...this.waiting.values()].map(({ question }) => question);
  }

  /** Waits without a deadline, or until it is tried again without anybody. */
  async ask(group: string | null, outcome: MachineOutcome, retryAfterMs?: number): Promise<Answered> {
    const { machine } = outcome;
    const waiting: Waiting = { question: questionOf(group, outcome, retryAfterMs) };
    this.waiting.set(machine, waiting);
    this.changed();
    try {
      const isAnswered = (): boolean => waiting.answer !== undefined;
      if (retryAfterMs === undefined) await condition(isAnswered);
      else if (!(await condition(isAnswered, retryAfterMs)))
        waiting.answer ??= answered('retry', { by: 'policy: infrastructure' }, machine);
    } finally {
      this.waiting.delete(machine);
      this.changed();
    }
    return waiting.answer as Answered;
  }

  /** What a question's machine, or without one every open question, is answered with. */
  answer(answer: Answer, request: SteerRequest): void {
    for (const waiting of this.meant(request)) {
      waiting.answer ??= answered(answer, request, waiting.question.machine);
    }
  }

  /** Why this can't be an answer now; undefined: it can. */
  refusal(answer: Answer, { machine, ...from }: Partial<SteerRequest>): string | undefined {
    const unsaid = senderRefusal(answer, from);
    if (unsaid !== undefined) return unsaid;
    const open = this.open;
    if (open.length === 0) return 'no question is open';
    const asked = machine === undefined ? open[0] : open.find((one) => one.machine === machine);
    if (asked === undefined)
      return `${machine} has no open question; open: ${open.map((one) => one.machine).join(', ')}`;
    return asked.answers.includes(answer) ? undefined : whyNot(asked);
  }

  /** For the record; whoever answered may rely on it before anything follows from it. */
  async note(answer: Answered): Promise<void> {
    const n = this.answered.push(answer);
    const { batch: _, ...entry } = answer;
    const { changeId } = this;
    await CancellationScope.nonCancellable(() => control.putAnswer({ changeId, n, ...entry }));
  }

  private meant({ machine }: SteerRequest): readonly Waiting[] {
    const one = machine === undefined ? undefined : this.waiting.get(machine);
    if (machine === undefined) return [...this.waiting.values()];
    return one === undefined ? [] : [one];
  }
}

interface Waiting {
  readonly question: Question;
  answer?: Answered;
}

function questionOf(group: string | null, outcome: MachineOutcome, retryAfterMs?: number): Question {
  const { machine, attempt = 1, returnsTo } = outcome;
  const answers: Answer[] =
    returnsTo == null ? ['retry', 'skip', 'stop'] : ['retry', 'skip', 'rollback', 'stop'];
  const now = Date.now();
  return {
    ...{ machine, group, since: new Date(now).toISOString(), outcome, attempt, answers },
    ...(retryAfterMs === undefined ? {} : { retriesAt: new Date(now + retryAfterMs).toISOString() }),
  };
}

const whyNot = ({ machine }: Question): string =>
  `nothing was ever verified on ${machine}: there is nothing to roll back to`;

export const answered = (
  answer: Answer,
  { by, batch, reason }: Omit<SteerRequest, 'machine'>,
  machine: string | null,
): Answered => ({ answer, machine, by, batch, reason, at: new Date().toISOString() });

/** A validator's no: the caller of the update gets it as it is. */
/** Characters of the longest text of a message, other than a signature: it stays in state, history and record. */
export const longestText = 1024;

/** Why these can't be texts of a message; undefined: they can. */
export const lengthRefusal = (texts: readonly (string | undefined)[]): string | undefined =>
  texts.some((text) => (text?.length ?? 0) > longestText)
    ? `no text may have more than ${longestText} characters`
    : undefined;

/** Why nobody may ask like this; undefined: they may. */
export function senderRefusal(what: string, { by, reason }: Partial<StopRequest>): string | undefined {
  if (typeof by !== 'string' || by === '') return `a ${what} needs the name of who asks: {"by": "..."}`;
  return lengthRefusal([by, reason]);
}

export function refuse(why: string | undefined, code: string): void {
  if (why !== undefined) throw ApplicationFailure.nonRetryable(why, code);
}

/** A signal has nobody to answer to. */
export function ignored(what: string, why: string): void {
  log.warn(`${what} ignored`, { why });
}
