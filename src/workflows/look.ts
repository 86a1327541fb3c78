import { defineQuery, executeChild, isCancellation, setHandler, workflowInfo } from '@temporalio/workflow';
import { instanceId, workflowId } from '../model/ids.js';
import type { Digest } from '../model/index.js';
import { call, control, siteActivities } from './activities.js';
import { attributesAtStart } from './attributes.js';
import { childOptions } from './children.js';
import { failureOf } from './failure.js';
import { batchSize } from './groupRun.js';
import type {
  CheckInput,
  CheckMachine,
  CheckProgress,
  LookedMachine,
  LookInput,
  LookReport,
  LookSliceInput,
} from './lookTypes.js';
import { timingOf } from './timing.js';
import { slidingWindow } from './window.js';

/** Looks at every existing machine of a plan and changes nothing; the results are in the store. */
export async function look(input: LookInput): Promise<LookReport> {
  const { groups } = await control.outline(input.plan);
  const slices = groups.flatMap(({ group, machines }) =>
    Array.from({ length: Math.ceil(machines / batchSize) }, (_, n) => ({ group, from: n * batchSize })),
  );
  const reports: LookReport[] = [];
  for (const [n, slice] of slices.entries()) reports.push(await lookAtSlice(input, slice, n));
  return merged(reports);
}

function lookAtSlice(
  input: LookInput,
  slice: { readonly group: string; readonly from: number },
  n: number,
): Promise<LookReport> {
  const args: [LookSliceInput] = [{ ...input, ...slice, count: batchSize }];
  // One workflow is cheaper for the usual environment, but ten thousand looks exceed one history.
  if (n === 0) return lookSlice(...args);
  return executeChild<typeof lookSlice>('lookSlice', {
    ...childOptions,
    workflowId: `${workflowId.look(input.context, input.ulid)}/${n}`,
    args,
    staticSummary: `look at ${slice.group} from machine ${slice.from + 1}`,
    typedSearchAttributes: attributesAtStart(input.context, {}),
  });
}

/** At most 500 machines of a look, in a sliding window. */
export async function lookSlice(input: LookSliceInput): Promise<LookReport> {
  const machines = (await control.slice(input)).filter((one) => one.action !== 'create');
  return lookAtAll(input, machines, []);
}

/** Compares machines with what they were admitted to and changes nothing; its own history is the record of who asked. */
export async function check(input: CheckInput): Promise<LookReport> {
  const looked: LookedMachine[] = [];
  setHandler(checkProgress, () => ({ total: input.machines.length, done: looked.length }));
  const report = await lookAtAll({ ...input, depth: 'preview' }, input.machines, looked);
  for (const results of report.results) await note(input, results);
  return report;
}

/** What it found is known from now on, as if a scan had found it. */
function note({ context, ulid }: CheckInput, results: Digest): Promise<void> {
  const { fleet, fleetUid, environment } = context;
  const at = workflowInfo().startTime.toISOString();
  return control.putLooked({ fleet, fleetUid, environment, check: ulid, at, results });
}

export const checkProgress = defineQuery<CheckProgress>('progress');

/** `looked` fills up meanwhile. */
async function lookAtAll(
  how: Pick<LookInput, 'context' | 'depth' | 'maxParallel'>,
  machines: readonly CheckMachine[],
  looked: LookedMachine[],
): Promise<LookReport> {
  await slidingWindow(
    machines,
    how.maxParallel,
    () => true,
    async (one, started) => {
      started();
      looked.push(await lookAt(how, one));
    },
  );
  const results = await control.putDocument({ domain: 'millwright.looks.v1', value: looked });
  return {
    results: [results],
    aligned: looked.filter((one) => one.look?.aligned).length,
    differs: looked.filter((one) => one.look?.aligned === false && one.look.unreachable === undefined).length,
    unreachable: looked.filter((one) => one.look === undefined || one.look.unreachable !== undefined).length,
  };
}

async function lookAt(
  { context, depth }: Pick<LookInput, 'context' | 'depth'>,
  one: CheckMachine,
): Promise<LookedMachine> {
  const { machine, site, target, bundleBytes, runner, bundle } = one;
  const { changeId } = context;
  const timing = timingOf(context);
  const instance = one.instance ?? instanceId({ ...context, machine }, changeId);
  try {
    const { look } = siteActivities(site, timing).look;
    const task = { changeId, target, bundleBytes, runner, bundle, site, machine, instance, depth };
    return { machine, look: await look.executeWithOptions(call(timing.look, `look at ${machine}`), [task]) };
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { machine, failure: failureOf(error) };
  }
}

function merged(reports: readonly LookReport[]): LookReport {
  const sum = (key: 'aligned' | 'differs' | 'unreachable'): number =>
    reports.reduce((total, one) => total + one[key], 0);
  return {
    results: reports.flatMap((one) => one.results),
    aligned: sum('aligned'),
    differs: sum('differs'),
    unreachable: sum('unreachable'),
  };
}
