import type { WorkflowHandle, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { Operation } from '../../src/activities/types.js';
import type { Lab } from '../support/lab.js';
import { by, Operations } from '../support/operations.js';

type Story = (lab: Lab) => Promise<readonly WorkflowHandle[]>;

const off: Operation = { kind: 'power', order: 'off' };
const hold: Operation = { kind: 'hold', reason: 'debugging', by };

/** Several workflows run under the id of a machine: each history is asked for by its own run. */
async function ended(lab: Lab, handle: WorkflowHandleWithFirstExecutionRunId): Promise<WorkflowHandle> {
  await handle.result();
  return lab.env.client.workflow.getHandle(handle.workflowId, handle.firstExecutionRunId);
}

/** What people ask of single machines. */
export const operateStories: Readonly<Record<string, Story>> = {
  operated: async (lab) => {
    const operations = new Operations(lab);
    const { fleet, machines } = await operations.made(2);
    const held = await ended(lab, await operations.start(fleet, machines, hold));
    const switched = await ended(lab, await operations.start(fleet, machines, off));
    return [held, switched, lab.machine(fleet, 'web-1')];
  },
  swept: async (lab) => {
    const operations = new Operations(lab);
    const { fleet, machines } = await operations.made(2);
    operations.unrecord('web-2');
    const looked = await ended(lab, await operations.sweep(fleet));
    return [
      looked,
      await ended(
        lab,
        await operations.sweep(
          fleet,
          machines.map((one) => one.instance),
        ),
      ),
    ];
  },
  adopted: async (lab) => {
    const operations = new Operations(lab);
    const { fleet, machines } = await operations.made(1);
    const forgotten = await ended(lab, await operations.forget(fleet, 'web-1'));
    return [forgotten, await ended(lab, await operations.adopt(fleet, machines[0]?.instance ?? ''))];
  },
};
