import type { WorkflowHandle } from '@temporalio/client';
import { vi } from 'vitest';
import type { Question, RolloutProgress } from '../../src/workflows/types.js';

/** Waits until the rollout has this many open questions and nothing of it runs. */
export function openQuestions(rollout: WorkflowHandle, count = 1): Promise<readonly Question[]> {
  return vi.waitFor(
    async () => {
      const { questions } = await rollout.query<RolloutProgress>('progress');
      if (questions.length !== count) throw new Error(`${questions.length} questions are open`);
      return questions;
    },
    { timeout: 20_000, interval: 50 },
  );
}
