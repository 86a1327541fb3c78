import { type EnvironmentRef, MillwrightError } from '../model/index.js';
import type { RolloutProgress } from '../workflows/types.js';
import type { Context } from './context.js';
import { refused } from './errors.js';
import { identify } from './identity.js';
import { type FoundRun, findRun } from './run/find.js';
import { refusalCode } from './run/send.js';
import { type Stores, withStores } from './stores.js';
import { connectEngine, type Engine } from './temporal.js';

/** A run that goes on, and all that is needed to talk to it. */
export interface ActiveScene {
  readonly context: Context;
  readonly engine: Engine;
  readonly stores: Stores;
  readonly environment: EnvironmentRef;
  readonly found: Extract<FoundRun, { state: 'active' }>;
}

/** Does something with the run of that number or ULID; one that has ended is refused (exit 9). */
export async function atActiveRun(
  context: Context,
  verb: string,
  run: string,
  act: (scene: ActiveScene) => Promise<number>,
): Promise<number> {
  const environment = await identify(context);
  const engine = await connectEngine(context);
  try {
    return await withStores(context, async (stores) => {
      const found = await findRun(engine, stores, environment, run);
      if (found.state === 'active') return act({ context, engine, stores, environment, found });
      const { run: number, outcome } = found.row;
      throw refused(
        refusalCode(verb),
        `Run ${number} is not active: it ended ${outcome ?? 'without telling how'}.`,
        'millwright status shows what is.',
      );
    });
  } finally {
    await engine.close();
  }
}

/** Where the rollout itself stands, without its machines. Throws MW-ENGINE-SILENT where nobody answers. */
export async function progressOf({ engine, found }: ActiveScene): Promise<RolloutProgress> {
  const handle = engine.client.workflow.getHandle(found.started.id, found.started.runId);
  try {
    return await engine.connection.withDeadline(Date.now() + 5000, () =>
      handle.query<RolloutProgress>('progress'),
    );
  } catch (cause) {
    throw new MillwrightError(
      {
        code: 'MW-ENGINE-SILENT',
        cause: 'infrastructure',
        message: `The run doesn't say where it stands: ${(cause as Error).message}`,
        remedy: 'Start a worker (millwright dev, or millwright worker --control), then type it again.',
      },
      true,
      { cause },
    );
  }
}
