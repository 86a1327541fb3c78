import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { temporal } from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { workflowBundle } from '../../src/worker/bundle.js';
import { Lab } from '../support/lab.js';
import { installQuietRuntime } from '../support/temporal.js';
import { stories } from './stories.js';

installQuietRuntime();

const folder = fileURLToPath(new URL('./histories/', import.meta.url));

const { History } = temporal.api.history.v1;
const readable = { enums: String, longs: String, bytes: String };

/** One workflow that once ran, as the Temporal server wrote it down. */
interface Recorded {
  readonly workflowId: string;
  readonly history: Record<string, unknown>;
}

async function record(name: string): Promise<void> {
  const lab = await Lab.open();
  try {
    await lab.fresh();
    const handles = (await stories[name]?.(lab)) ?? [];
    const recorded = await Promise.all(
      handles.map(async (handle) => ({
        workflowId: handle.workflowId,
        history: History.toObject(History.fromObject(await handle.fetchHistory()), readable),
      })),
    );
    writeFileSync(`${folder}${name}.json`, `${JSON.stringify(recorded, null, 1)}\n`);
  } finally {
    await lab.close();
  }
}

describe('workflow code', () => {
  for (const name of Object.keys(stories)) {
    it(`has a recorded history of the story "${name}"`, async () => {
      if (existsSync(`${folder}${name}.json`)) return;
      await record(name);
      expect.fail(`recorded ${folder}${name}.json just now: commit it`);
    });
  }

  for (const file of readdirSync(folder)) {
    it(`still does what it did in ${file}`, async () => {
      const recorded = JSON.parse(readFileSync(`${folder}${file}`, 'utf8')) as Recorded[];
      expect(recorded.length).toBeGreaterThan(0);
      for (const { workflowId, history } of recorded) {
        const options = { workflowBundle: await workflowBundle() };
        await Worker.runReplayHistory(options, History.fromObject(history), workflowId);
      }
    });
  }
});
