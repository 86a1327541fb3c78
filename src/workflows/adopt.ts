import { isCancellation, workflowInfo } from '@temporalio/workflow';
import type { LookResult, MachineNote, MachineTask } from '../activities/types.js';
import type { MachineOutcome } from '../model/index.js';
import { call, control, siteActivities } from './activities.js';
import { showEnd, showOutcome } from './attributes.js';
import { failureOf, failWith } from './failure.js';
import type { AdoptInput, AdoptReport, ForgetInput, OperateMachine } from './operateTypes.js';
import { timingOf } from './timing.js';

/** Looks at an instance and takes it into the record as it is; the look's answer is its drift. */
export async function adopt(input: AdoptInput): Promise<AdoptReport> {
  await control.beginChange(input.change);
  const report = await takeOver(input);
  const outcome = report.look === undefined ? 'failed' : 'succeeded';
  await control.endChange({ changeId: input.changeId, outcome });
  if (report.look === undefined) showOutcome('failed');
  return report;
}

async function takeOver(input: AdoptInput): Promise<AdoptReport> {
  try {
    const look = await lookAt(input);
    const outcome = outcomeOf(input.ref.machine, look);
    await control.putMachine(noteOf(input, look, outcome));
    showEnd(outcome);
    return { look };
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { failure: failureOf(error) };
  }
}

function lookAt(input: AdoptInput): Promise<LookResult> {
  const { changeId, target, bundleBytes, runner, site, instance, ref } = input;
  const timing = timingOf(input);
  const task: MachineTask = { changeId, target, bundleBytes, runner, site, machine: ref.machine, instance };
  return siteActivities(site, timing).look.look.executeWithOptions(
    call(timing.look, `look at ${ref.machine}`),
    [{ ...task, depth: 'preview' }],
  );
}

function noteOf(input: AdoptInput, look: LookResult, outcome: MachineOutcome): MachineNote {
  const { ref, changeId, site, group } = input;
  const { found, head, hold, debts, verified, evidence } = look;
  if (found.state !== 'present') return failWith(gone(input));
  return {
    ...{ ref, changeId, site, group, outcome, instance: found.instance },
    since: workflowInfo().startTime.toISOString(),
    ...(head === null ? {} : { assigned: head.bundle }),
    ...(verified[0] === undefined ? {} : { verified: verified[0].bundle }),
    // Unknown is something else than none: only who got in can say that nothing is owed and nobody holds it.
    ...(debts === null ? {} : { debts, hold }),
    evidence: evidence === undefined ? {} : { journal: evidence },
  };
}

function outcomeOf(machine: string, look: LookResult): MachineOutcome {
  if (look.aligned) return { machine, outcome: 'aligned', phases: [] };
  const why = look.unreachable?.message ?? (look.debts === null ? 'it is powered off' : undefined);
  const reason = why === undefined ? 'adopted: it differs from its contract' : `adopted unseen: ${why}`;
  return { machine, outcome: 'owed', reason, phases: [] };
}

const gone = ({ ref, instance, site }: AdoptInput) =>
  ({
    code: 'MW-MACHINE-GONE',
    cause: 'machine',
    message: `${instance} of ${ref.machine} is not at site ${site} any more. Nothing was taken over.`,
    remedy: 'millwright doctor --sweep lists what is there',
  }) as const;

/** Nothing is forgotten while something of ours may be left there. */
async function purged(one: OperateMachine): Promise<void> {
  const { push } = siteActivities(one.site, timingOf({}));
  const options = call(purgeLimit, `purge ${one.machine}`, { retry: { maximumAttempts: 3 } });
  try {
    await push.operate.executeWithOptions(options, [{ ...one, operation: { kind: 'purge' } }]);
  } catch (error) {
    if (isCancellation(error)) throw error;
    failWith(failureOf(error));
  }
}

const purgeLimit = 5 * 60_000;

/** From now on nobody manages the machine; it stays as it is. Runs under the machine's id, so that no rollout does. */
export async function forget({ ref, purge }: ForgetInput): Promise<void> {
  if (purge !== undefined) await purged(purge);
  await control.forget(ref);
  showOutcome('forgotten');
}
