import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { CONTROL_QUEUE, type FailureInfo } from '../../src/model/index.js';
import { type AttemptFault, sleep } from './faults.js';
import { attemptKey } from './site.js';
import type { Wire } from './wire.js';

type NextExecute = Next<ActivityInboundCallsInterceptor, 'execute'>;

/** Asks for each attempt's fate and lets it come true. */
export const chaotic = (wire: Wire): ActivityInboundCallsInterceptor => ({
  async execute(input, next) {
    const { info } = Context.current();
    const { changeId = '', machine = '' } = namesIn(input.args[0]);
    const of = info.workflowExecution?.workflowId ?? '';
    const fate = await wire.call<{ key: string; fault?: AttemptFault }>('attempt', {
      of,
      change: changeId || of,
      machine: machine || of.split('/').at(-1),
      activity: info.activityType,
      attempt: info.attempt,
      ofControl: info.taskQueue === CONTROL_QUEUE,
    });
    const work = () => attemptKey.run(fate.key, () => next(input));
    return fate.fault === undefined ? work() : suffer(wire, fate.key, of, fate.fault, work, input, next);
  },
});

async function suffer(
  wire: Wire,
  key: string,
  of: string,
  { kind, delayMs }: AttemptFault,
  work: () => Promise<unknown>,
  input: ActivityExecuteInput,
  next: NextExecute,
): Promise<unknown> {
  switch (kind) {
    case 'fail':
      throw failure('fails this time', 'MW-CHAOS-FLAKY', 'infrastructure');
    case 'fatal':
      throw failure('fails for good', 'MW-CHAOS-FATAL', 'machine');
    case 'hang':
      await sleep(delayMs);
      throw timedOut();
    case 'slow':
      await sleep(delayMs);
      return work();
    case 'lost':
      await work();
      throw timedOut();
    case 'late':
    case 'zombie':
      void asZombie(kind === 'late' ? 0 : delayMs, key, input, next).finally(() =>
        wire.call('gone', { of, key }),
      );
      await sleep(kind === 'late' ? delayMs : 0);
      throw timedOut();
  }
}

/**
 * What is made of an attempt of which Temporal hears nothing any more: it is tried again, and the last one ends so. The
 * server takes no real timeout from a worker.
 */
const timedOut = (): Error =>
  failure('was not finished in time (HEARTBEAT)', 'MW-WORKER-TIMEOUT', 'infrastructure');

const failure = (message: string, code: FailureInfo['code'], cause: FailureInfo['cause']): Error =>
  ApplicationFailure.create({
    ...{ message, type: code, nonRetryable: cause === 'machine' },
    details: [{ code, cause, message }],
  });

/** In a context of its own: what it says to Temporal is heard by nobody, and nobody tells it to end. */
async function asZombie(delayMs: number, key: string, input: ActivityExecuteInput, next: NextExecute) {
  const { info } = Context.current();
  await sleep(delayMs);
  const env = new MockActivityEnvironment(info, { logger: silent });
  await env.run(() => attemptKey.run(key, () => next(input))).catch(() => undefined);
}

const nothing = (): undefined => undefined;
const silent = { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

interface Names {
  readonly changeId?: string;
  readonly machine?: string;
}

function namesIn(arg: unknown): Names {
  if (typeof arg !== 'object' || arg === null) return {};
  const { changeId, machine, ref } = arg as Names & { readonly ref?: Names };
  return { changeId, machine: typeof machine === 'string' ? machine : ref?.machine };
}
