import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Holder } from '../activities/types.js';

/** Who runs under a workflow id: its change, and who started that. */
export async function holderOf(client: Client, workflowId: string): Promise<Holder> {
  try {
    const { status, memo } = await client.workflow.getHandle(workflowId).describe();
    if (status.name !== 'RUNNING') return { running: false };
    const holder = { running: true, changeId: text(memo?.changeId), startedBy: text(memo?.startedBy) };
    return memo?.reconciles === true ? { ...holder, reconciles: true } : holder;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { running: false };
    throw error;
  }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
