import { proxyActivities, startChild } from '@temporalio/workflow';
import { slidingWindow } from '../../../src/workflows/window.js';
import type * as activities from './activities.js';

const { trivial } = proxyActivities<typeof activities>({ startToCloseTimeout: '1 minute' });

const batchSize = 500;
const activitiesPerMachine = 5;

/** What anybody would write: batches, plain children, five activities each. */
export async function referenceRollout(id: string, machines: number, window: number): Promise<number> {
  let done = 0;
  for (let from = 0; from < machines; from += batchSize) {
    const count = Math.min(batchSize, machines - from);
    const args: [string, number, number] = [`${id}/${from}`, count, window];
    const batch = await startChild(referenceBatch, { workflowId: `${id}/${from}`, args });
    done += await batch.result();
  }
  return done;
}

export async function referenceBatch(id: string, machines: number, window: number): Promise<number> {
  const names = Array.from({ length: machines }, (_, i) => `${id}/machine-${i + 1}`);
  await slidingWindow(
    names,
    window,
    () => true,
    async (name, started) => {
      const child = await startChild(referenceMachine, { workflowId: name, args: [name] }).finally(started);
      await child.result();
    },
  );
  return machines;
}

export async function referenceMachine(name: string): Promise<string> {
  for (let i = 0; i < activitiesPerMachine; i++) await trivial(name);
  return name;
}
