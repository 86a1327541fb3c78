import { readPolicy } from '../policy/index.js';
import { openRecord } from '../record/index.js';
import { type Settings, siteSettings } from '../settings.js';
import { openStore } from '../store/open.js';
import { type Connections, connect } from './connect.js';
import { holderOf } from './holder.js';
import { installLog } from './log.js';
import { schedulesOf } from './schedules.js';
import { openSite } from './site.js';
import { createControlWorker, createSiteWorkers, runUntil } from './workers.js';

export { ensureSearchAttributes } from './attributes.js';

/** What one worker process does. */
export interface Roles {
  /** Runs workflows and writes the record. */
  readonly control: boolean;
  /** Makes and reaches machines of these sites, which are this host's. */
  readonly sites: readonly string[];
}

export interface RunWorkersOptions {
  readonly settings: Settings;
  readonly roles: Roles;
  /** Profile of Temporal's own configuration. */
  readonly profile?: string;
  /** Where Temporal is, if its configuration doesn't say. */
  readonly address?: string;
  /** File for the machine log; default standard error. */
  readonly logFile?: string;
  /** Aborts to stop: running activities end as retryable, machines and runs live on. */
  readonly signal?: AbortSignal;
  /** Called once every worker polls. */
  onReady?(): void;
}

/** Runs the workers of these roles until `signal` aborts; rejects when one of them can't go on. */
export async function runWorkers(options: RunWorkersOptions): Promise<void> {
  installLog({ file: options.logFile });
  const connections = await connect(options);
  const opened: Closable[] = [connections];
  try {
    const workers = await createWorkers(options, connections, opened);
    const running = runUntil(workers, options.signal ?? new AbortController().signal);
    options.onReady?.();
    await running;
  } finally {
    for (const one of opened.reverse()) await one.close();
  }
}

interface Closable {
  close(): Promise<void>;
}

async function createWorkers(
  { settings, roles }: RunWorkersOptions,
  connections: Connections,
  opened: Closable[],
) {
  const { native: connection, namespace, client } = connections;
  const engine = { connection, namespace };
  const store = openStore(settings.store);
  opened.push(store);
  const sites = roles.sites.map((site) => openSite(settings, site, store));
  opened.push(...sites.map(({ ssh }) => ssh));
  const ofSites = sites.map((deps) =>
    createSiteWorkers(engine, deps, siteSettings(settings, deps.site).limits),
  );
  const workers = (await Promise.all(ofSites)).flat();
  if (!roles.control) return workers;
  const record = openRecord(settings.record);
  opened.push(record);
  const control = {
    store,
    record,
    holder: (id: string) => holderOf(client, id),
    schedules: schedulesOf(client),
  };
  const { policy } = settings;
  const governed = policy === undefined ? control : { ...control, policy: () => readPolicy(policy) };
  return [await createControlWorker(engine, governed), ...workers];
}
