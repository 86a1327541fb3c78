import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';

/** Types of workflow, from the top. */
export const levels = ['rollout', 'batch', 'machine'] as const;
export type Level = (typeof levels)[number];

/** The largest of all workflows of a level, as the server counts them. */
export interface History {
  readonly workflows: number;
  readonly events: number;
  readonly bytes: number;
}

export type Histories = Readonly<Record<Level, History>>;

/** Above either the server suggests to continue as new. */
export const historyLimit = { events: 4096, bytes: 4 * 1024 * 1024 };

/** `ended`: how many have come to an end, which the server's index of workflows may learn a moment later. */
export async function largestHistories(
  client: Client,
  ended: Readonly<Record<'rollout' | 'machine', number>>,
): Promise<Histories> {
  for (const [level, wanted] of Object.entries(ended)) await untilListed(client, level, wanted);
  const each = await Promise.all(
    levels.map(async (level) => [level, await largestOf(client, level)] as const),
  );
  return Object.fromEntries(each) as Histories;
}

const completed = (level: string): string => `WorkflowType = '${level}' AND ExecutionStatus = 'Completed'`;

async function untilListed({ workflow }: Client, level: string, wanted: number): Promise<void> {
  for (let left = 300; ; left--) {
    const { count } = await workflow.count(completed(level));
    if (count === wanted) return;
    if (left === 0)
      throw new Error(`${count} workflows ${level} are listed as completed, expected ${wanted}`);
    await sleep(100);
  }
}

async function largestOf({ workflow }: Client, level: Level): Promise<History> {
  const most = { workflows: 0, events: 0, bytes: 0 };
  for await (const one of workflow.list({ query: completed(level), pageSize: 1000 })) {
    most.workflows++;
    most.events = Math.max(most.events, one.historyLength);
    most.bytes = Math.max(most.bytes, one.historySize ?? 0);
  }
  return most;
}
