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
        const result = inTurn(completed);
        // Nobody waits for the result of a child that didn't start.
        result.catch(() => undefined);
        return [inTurn(started), result];
      },
    },
  ],
});
