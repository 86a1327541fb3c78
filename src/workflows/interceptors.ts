import type { WorkflowInterceptorsFactory, WorkflowInternalsInterceptor } from '@temporalio/workflow';
import { cancelledOnceStarted } from './childScope.js';
import { afterAllElse, begin, inTurn } from './turns.js';

type Activate = NonNullable<WorkflowInternalsInterceptor['activate']>;
type Job = NonNullable<Parameters<Activate>[0]['activation']['jobs']>[number];

/** Everything that a workflow waits for comes in its turn. */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  internals: [
    {
      activate: (input, next) => {
        const jobs = input.activation.jobs ?? [];
        begin(jobs.length === 1 && jobs.every(isEvent));
        if (jobs.length === 1) return next(input);
        const handOver = (some: Job[]): void =>
          next({ ...input, activation: { ...input.activation, jobs: some } as typeof input.activation });
        handOver(jobs.filter((job) => !isMessage(job)));
        for (const message of jobs.filter(isMessage)) afterAllElse(() => handOver([message]));
      },
    },
  ],
  outbound: [
    {
      startTimer: (input, next) => inTurn(next(input)),
      scheduleActivity: (input, next) => inTurn(next(input)),
      scheduleLocalActivity: (input, next) => inTurn(next(input)),
      signalWorkflow: (input, next) => inTurn(next(input)),
      startChildWorkflowExecution: (input, next) =>
        cancelledOnceStarted(async () => {
          const [started, completed] = await next(input);
          return [maybeUnheard(inTurn(started)), maybeUnheard(inTurn(completed))];
        }),
    },
  ],
});

/** Somebody may wait for the start or for the end alone: a rejection that nobody hears fails the workflow's task. */
function maybeUnheard<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** An update is accepted, which is written down, at the moment when it is handed over. */
const isMessage = (job: Job): boolean => job.doUpdate != null || job.signalWorkflow != null;

/** Something that was waited for has come about; a message or a cancellation is none, as it may end waiting for many. */
const isEvent = (job: Job): boolean =>
  [
    job.resolveActivity,
    job.resolveChildWorkflowExecution,
    job.resolveChildWorkflowExecutionStart,
    job.resolveSignalExternalWorkflow,
    job.fireTimer,
  ].some((one) => one != null);
