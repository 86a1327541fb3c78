import { setCurrentDetails } from '@temporalio/workflow';
import { showOutcome } from './attributes.js';
import type { Question, RolloutProgress } from './types.js';

/** What the Temporal UI shows of a rollout that waits for people: what failed, and what to type. */
export function showQuestions(open: readonly Question[], { run }: RolloutProgress): void {
  if (open.length <= 1) showOutcome(open.length === 0 ? 'running' : 'waiting');
  setCurrentDetails(open.map((one) => textOf(one, run)).join('\n\n') || 'goes on');
}

export const showEnd = (text: string): void => setCurrentDetails(text);

function textOf({ machine, outcome, answers, since }: Question, run: number | undefined): string {
  const { phase, failure, reason } = outcome;
  return [
    `### ${machine}: ${outcome.outcome} in ${phase ?? 'unknown'}, waiting for a person since ${since}`,
    `${failure?.code ?? ''} ${failure?.message ?? reason ?? ''}`,
    ...(failure?.detail ?? []).map((line) => `    ${line}`),
    ...answers.map((answer) =>
      answer === 'stop' ? `- \`millwright stop ${run}\`` : `- \`millwright ${answer} ${run} ${machine}\``,
    ),
  ].join('\n');
}
