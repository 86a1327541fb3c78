import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { MachineNote } from '../../activities/types.js';
import type { MachineOutcome } from '../../model/index.js';
import { local } from '../activities.js';
import { attemptOf, type Life } from '../life.js';

/** Writes what became of the machine; always the last phase, whatever happened before. */
export async function record(life: Life, outcome: MachineOutcome): Promise<void> {
  await CancellationScope.nonCancellable(() => local.putMachine(entryOf(life, outcome)));
}

type Ending = Pick<MachineOutcome, 'outcome'> & Partial<MachineOutcome>;

export function entryOf(life: Life, ending: Ending): MachineNote {
  const { input } = life;
  return {
    ref: input.ref,
    changeId: input.changeId,
    since: workflowInfo().startTime.toISOString(),
    site: input.machine.site,
    group: input.machine.group,
    outcome: {
      ...{ machine: input.ref.machine, counts: life.counts, phases: life.phases },
      // Whoever goes on from here when this workflow is gone needs them.
      ...{ attempt: attemptOf(input), instance: life.instance?.instance },
      ...ending,
    },
    instance: life.instance,
    assigned: life.assigned,
    verified: life.verified,
    debts: life.debts,
    evidence: life.evidence,
    drained: life.drained,
    hold: life.look === undefined ? undefined : life.look.hold,
  };
}
