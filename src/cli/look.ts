import { ulid } from 'ulid';
import { CONTROL_QUEUE, type Digest, MillwrightError, siteQueue } from '../model/index.js';
import type { StoredPlan } from '../store/documents.js';
import type { Store } from '../store/port.js';
import type { LookedMachine, LookReport } from '../workflows/lookTypes.js';
import { lookStart } from '../workflows/start.js';
import type { Context } from './context.js';
import type { Looks } from './planDocument.js';
import type { Prepared } from './prepare.js';
import { connectEngine, type Engine, pollers } from './temporal.js';
import { who } from './who.js';

const MAX_PARALLEL = 20;
const PATIENCE_MS = 120_000;

/** Asks every existing machine how it is, changing nothing; a text says why nobody was asked. */
export async function lookAtMachines(
  context: Context,
  store: Store,
  prepared: Prepared,
  stored: StoredPlan,
): Promise<Looks | string> {
  const existing = prepared.compiled.targets.filter(
    (target) => target.action !== 'create' && target.action !== 'destroy',
  );
  if (existing.length === 0) return { machines: new Map() };
  let engine: Engine;
  try {
    engine = await connectEngine(context);
  } catch (error) {
    if (error instanceof MillwrightError)
      return `${error.message} Planned from the record; no machine was asked.`;
    throw error;
  }
  try {
    const idle = await idleQueues(engine, [...new Set(existing.map((target) => target.site))]);
    if (idle.length > 0)
      return `Nobody works for ${idle.join(', ')}. Planned from the record; no machine was asked.`;
    return await look(engine, store, prepared, stored);
  } finally {
    await engine.close();
  }
}

/** Control and sites whose queues nobody polls. */
export async function idleQueues(engine: Engine, sites: readonly string[]): Promise<string[]> {
  const control = (await pollers(engine, CONTROL_QUEUE, 'workflow')) === 0 ? ['control'] : [];
  const perSite = await Promise.all(
    sites.map(async (site) =>
      (await pollers(engine, siteQueue(site, 'look'), 'activity')) === 0 ? [`site ${site}`] : [],
    ),
  );
  return [...control, ...perSite.flat()];
}

async function look(
  engine: Engine,
  store: Store,
  { environment, fleet }: Prepared,
  stored: StoredPlan,
): Promise<Looks | string> {
  const id = ulid();
  const options = lookStart({
    context: { ...environment, changeId: id, revision: fleet.revision, startedBy: who() },
    ulid: id,
    ...stored,
    depth: 'preview',
    maxParallel: MAX_PARALLEL,
  });
  const handle = await engine.client.workflow.start('look', {
    ...options,
    workflowExecutionTimeout: PATIENCE_MS,
  });
  const report = (await handle.result()) as LookReport;
  const lists = await Promise.all(report.results.map((digest) => readLooks(store, digest)));
  return { machines: new Map(lists.flat().map((one) => [one.machine, one])) };
}

/** One of a report's results. */
export async function readLooks(store: Store, digest: Digest): Promise<LookedMachine[]> {
  const text = Buffer.from(await store.get(digest)).toString('utf8');
  return JSON.parse(text.slice(text.indexOf('\n') + 1)) as LookedMachine[];
}
