import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { inTurn } from './turns.js';

/** Everything that a workflow waits for comes in its turn. */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  outbound: [
    {
      startTimer: (input, next) => inTurn(next(input)),
      scheduleActivity: (input, next) => inTurn(next(input)),
      scheduleLocalActivity: (input, next) => inTurn(next(input)),
      signalWorkflow: (input, next) => inTurn(next(input)),
      startChildWorkflowExecution: async (input, next) => {
        const [started, completed] = await next(input);
        return [maybeUnheard(inTurn(started)), maybeUnheard(inTurn(completed))];
      },
    },
  ],
});

/** Somebody may wait for the start or for the end alone: a rejection that nobody hears fails the workflow's task. */
function maybeUnheard<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
