import type { StartAnswer } from '../bundle/index.js';
import { type FailureCode, type Head, MillwrightError } from '../model/index.js';
import type { ExecResult } from '../ssh/port.js';

type Refusal = Exclude<StartAnswer, { start: 'accepted' | 'attached' }>;

/** Why the target doesn't run what we asked for. */
function refusal(answer: Refusal, expect: Head | null): MillwrightError {
  switch (answer.start) {
    case 'held':
      return new MillwrightError(
        {
          code: 'MW-MACHINE-HELD',
          cause: 'machine',
          message: `held: ${answer.reason}`,
          remedy: 'millwright release TARGET, or millwright-hold release on the machine; then millwright up',
        },
        false,
      );
    case 'tombstoned':
      return failure(
        'MW-RUN-TOMBSTONED',
        false,
        'this run was ended before; a new millwright up starts another',
      );
    case 'failed':
      return new MillwrightError(
        { code: answer.code, cause: causeOf(answer.code), message: answer.reason },
        answer.code.startsWith('MW-RUN-'),
      );
    case 'lacking':
      return failure('MW-RUN-LACKING', true, `the target still lacks its ${answer.what} after an upload`);
    case 'refused':
      return answer.reason === 'busy' ? busy(answer.active) : stale(expect, answer.head);
  }
}

const busy = (active: string | undefined): MillwrightError =>
  failure('MW-RUN-BUSY', true, `run ${active ?? 'unknown'} holds the machine`);

const stale = (expect: Head | null, head: Head | null): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-RUN-STALE',
      cause: 'machine',
      message: 'another run changed the machine since it was looked at',
      detail: [`expected  ${headText(expect)}`, `found     ${headText(head)}`],
      remedy: 'millwright up looks again and goes on from what is there',
    },
    false,
  );

const headText = (head: Head | null): string =>
  head === null
    ? 'no run'
    : `generation ${head.generation}, bundle ${head.bundle.slice(0, 8)}, run ${head.run}`;

const causeOf = (code: FailureCode) => {
  if (code.startsWith('MW-ROLLBACK-')) return 'change';
  return code.startsWith('MW-RUN-') ? 'infrastructure' : 'machine';
};

/** The runner itself broke, or something else answered in its place. */
export const runnerFailed = (what: string, { code, stdout, stderr }: ExecResult): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-RUN-BROKEN',
      cause: 'machine',
      message: `the runner gave ${what} that is none: exit ${code ?? 'by signal'}`,
      detail: `${stdout}\n${stderr}`
        .split('\n')
        .filter((line) => line !== '')
        .slice(-10),
    },
    false,
  );

const failure = (code: FailureCode, retryable: boolean, message: string): MillwrightError =>
  new MillwrightError({ code, cause: 'infrastructure', message }, retryable);

/** Throws unless the run was accepted or attached to. */
export function ensureAccepted(answer: StartAnswer, expect: Head | null): void {
  if (answer.start !== 'accepted' && answer.start !== 'attached') throw refusal(answer, expect);
}
