import { setCurrentDetails } from '@temporalio/workflow';
import { showOutcome } from './attributes.js';
import type { GateProgress, Question, RolloutProgress } from './types.js';

/** What the Temporal UI shows of a rollout that waits for people: what failed, what is to be agreed to, what to type. */
export function showWaiting({ run, questions, gates = [] }: RolloutProgress): void {
  const open = gates.filter(({ state }) => state === 'open');
  const waiting = questions.length + open.length;
  if (waiting <= 1) showOutcome(waiting === 0 ? 'running' : 'waiting');
  const texts = [...questions.map((one) => textOf(one, run)), ...open.map((one) => gateText(one, run))];
  setCurrentDetails(texts.join('\n\n') || 'goes on');
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

const gateText = (
  { id, approvals, waitsFor, since, deadline }: GateProgress,
  run: number | undefined,
): string =>
  [
    `### gate ${id}: ${approvals} of ${waitsFor.join(', ') || 'nobody who may vote'}, open since ${since}`,
    ...(deadline === undefined ? [] : [`until ${deadline}`]),
    `- \`millwright approve ${run} ${id}\``,
    `- \`millwright reject ${run} ${id}\``,
  ].join('\n');
