import { isCancellation, sleep } from '@temporalio/workflow';
import type { Around, FailureInfo, InstanceInfo } from '../../model/index.js';
import { call, siteActivities } from '../activities.js';
import { failureOf, failWith } from '../failure.js';
import type { Life } from '../life.js';

/** Getting to the machine where a step runs, beside the step itself, ms. */
const reachMs = 60_000;

const codes = { drain: 'MW-AROUND-DRAIN', restore: 'MW-AROUND-RESTORE' } as const;

/** Has one step of `around` run for that instance of the machine. Whatever went wrong is a failure of the machine. */
export async function runStep(
  life: Life,
  around: Around,
  step: keyof Around,
  instance: InstanceInfo | null | undefined,
): Promise<void> {
  const { at, site, timeoutMs } = around[step];
  const { target, machine } = life.task;
  const { push } = siteActivities(site, life.timing);
  const result = await push.around
    .executeWithOptions(call(timeoutMs + reachMs, `${step} of ${machine} at ${at}`), [
      { target, machine, step, addresses: instance?.addresses ?? {} },
    ])
    .catch((error: unknown) => {
      if (isCancellation(error)) throw error;
      failWith(notRun(failureOf(error), step, `${step} of ${machine} at ${at}`));
    });
  life.evidence[step] = result.evidence;
  const remedy = `millwright ssh ${at}`;
  if (result.failure !== undefined) failWith({ remedy, ...result.failure, evidence: result.evidence });
}

const notRun = (failure: FailureInfo, step: keyof Around, what: string): FailureInfo => ({
  ...failure,
  code: codes[step],
  cause: 'machine',
  message: `${what} could not be run: ${failure.message}`,
});

/** A timer of the workflow: it costs no slot, and outlives every worker. */
export const settled = async (around: Around, step: keyof Around): Promise<void> => {
  const { settleMs } = around[step];
  if (settleMs > 0) await sleep(settleMs);
};
