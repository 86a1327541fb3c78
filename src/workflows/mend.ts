import { CancellationScope, isCancellation, uuid4 } from '@temporalio/workflow';
import type { DriftedMachine, ScanJudgement, SliceMachine } from '../activities/types.js';
import { workflowId } from '../model/ids.js';
import type { MachineOutcome } from '../model/index.js';
import { control } from './activities.js';
import { busy, startMachine, withoutResult } from './child-machine.js';
import { isChild, tellToStop } from './children.js';
import { isBad } from './counts.js';
import type { Mended } from './reconcileTypes.js';
import type { Scan } from './scanState.js';
import type { BatchInput, ChangeContext } from './types.js';
import { ulidAt } from './ulid.js';

const nothing: Mended = { machines: [], refused: [] };

/**
 * Brings drifted machines back to what they were admitted to, one after the other and only so many, while no rollout is
 * about. One that can't be brought back ends it: whatever is wrong there may be wrong everywhere.
 */
export async function mend(scan: Scan, { drifted }: ScanJudgement): Promise<Mended> {
  const { mode, maxMachines } = scan.input;
  if (mode !== 'enforce' || drifted.length === 0 || maxMachines === 0) return nothing;
  const before = await hindrance(scan);
  if (before !== undefined) return { ...nothing, left: before };
  const changeId = ulidAt(Date.now(), uuid4());
  // Whoever is cancelled meanwhile waits for the answer, too: it says whether there is something to end.
  const admitted = await CancellationScope.nonCancellable(() => admit(scan, changeId, drifted));
  const { machines, refused, closed, begun = machines.length > 0 } = admitted;
  if (!begun) return { ...nothing, refused, ...(closed !== undefined && { left: closed }) };
  const context = contextOf(scan, changeId);
  const outcomes: MachineOutcome[] = [];
  try {
    const left = closed ?? (await mendAll(scan, context, machines, outcomes));
    return { changeId, machines: outcomes, refused, ...(left !== undefined && { left }) };
  } finally {
    const outcome = outcomeOf(outcomes, machines);
    await CancellationScope.nonCancellable(() => control.endChange({ changeId, outcome }));
  }
}

function admit(scan: Scan, changeId: string, machines: readonly DriftedMachine[]) {
  const { scan: _, ...where } = scan.ref;
  const at = new Date().toISOString();
  return control.admitMend({ ...where, changeId, at, machines, limit: scan.input.maxMachines });
}

function contextOf({ input }: Scan, changeId: string): ChangeContext {
  const { fleet, fleetUid, environment, site, timing } = input;
  return {
    ...{ fleet, fleetUid, environment, changeId, revision: '', reconciles: true },
    startedBy: `reconcile of ${site}`,
    // Whoever holds a machine keeps it: the next scan looks again.
    timing: { ...timing, busy: 0 },
  };
}

/** Why nothing more may begin. */
async function hindrance({ input, stop }: Scan): Promise<string | undefined> {
  if (stop !== undefined) return `stopped by ${stop.by}`;
  const rollout = workflowId.rollout(input);
  const [free] = await control.free([rollout]);
  return free === undefined ? 'a rollout owns the environment' : undefined;
}

/** `outcomes` fills up meanwhile; the answer is why some were left. */
async function mendAll(
  scan: Scan,
  context: ChangeContext,
  machines: readonly SliceMachine[],
  outcomes: MachineOutcome[],
): Promise<string | undefined> {
  for (const [n, one] of machines.entries()) {
    const why = n === 0 ? undefined : await hindrance(scan);
    if (why !== undefined) return why;
    scan.mending = one.machine;
    const outcome = await mendOne(scan, context, one);
    scan.mending = undefined;
    outcomes.push(outcome);
    if (isBad(outcome)) return `${one.machine} could not be brought back`;
  }
  return undefined;
}

async function mendOne(scan: Scan, context: ChangeContext, one: SliceMachine): Promise<MachineOutcome> {
  const input: Pick<BatchInput, 'context' | 'verb' | 'again'> = { context, verb: 'apply' };
  const child = await startMachine(input, one, () => undefined);
  if (!isChild(child)) return busy(input, one, child);
  scan.child = child;
  if (scan.stop !== undefined) await tellToStop([child], scan.stop);
  try {
    return await child.result();
  } catch (error) {
    if (isCancellation(error) && CancellationScope.current().consideredCancelled) throw error;
    return withoutResult(one.machine, error);
  } finally {
    scan.child = undefined;
  }
}

function outcomeOf(outcomes: readonly MachineOutcome[], machines: readonly SliceMachine[]): string {
  if (outcomes.some(isBad)) return 'failed';
  if (CancellationScope.current().consideredCancelled) return 'cancelled';
  const all = machines.length > 0 && outcomes.length === machines.length;
  return all && outcomes.every(({ outcome }) => outcome === 'applied' || outcome === 'aligned')
    ? 'succeeded'
    : 'stopped';
}
