import { type ScheduleHandle, ScheduleNotFoundError } from '@temporalio/client';
import type { ScheduleSpec } from '../../activities/types.js';
import type { MillwrightError } from '../../model/index.js';
import { scheduleId, scheduleOptions } from '../../workflows/reconcileStart.js';
import { usageError } from '../errors.js';
import { Exit } from '../exit.js';
import type { Desk } from '../operate/operate.js';
import { reasonOf } from '../reason.js';
import { who } from '../who.js';
import { type ScheduleDocument, type ScheduleEntry, scheduleEntry } from './document.js';
import { specified } from './options.js';
import { scheduleText } from './text.js';
import type { ScheduleOptions, ScheduleVerb } from './verbs.js';

/** Makes, shows and steers the schedules that look for drift; they are Temporal's own, by their ids. */
export async function schedules(
  desk: Desk,
  verb: ScheduleVerb,
  site: string | undefined,
  options: ScheduleOptions,
): Promise<number> {
  const reason = reasonOf(options.reason);
  const handles = await chosen(desk, verb, site);
  if (verb === 'create') await create(desk, [...handles.keys()], options);
  const before = verb === 'delete' ? await entriesOf(desk, handles) : [];
  for (const handle of handles.values()) await act(handle, verb, reason);
  const after = before.map((one): ScheduleEntry => ({ ...one, state: 'deleted', nextAt: null }));
  const { fleet, environment } = desk.environment;
  const document: ScheduleDocument = {
    schema: 'millwright/schedule/v1',
    ...{ fleet, environment },
    schedules: verb === 'delete' ? after : await entriesOf(desk, handles),
  };
  desk.context.emit(document, () => scheduleText(document, verb, Date.now()));
  return Exit.asAsked;
}

type Handles = ReadonlyMap<string, ScheduleHandle>;

/** By site. All but `list` need one to work on, and `create` a site without one. */
async function chosen(desk: Desk, verb: ScheduleVerb, site: string | undefined): Promise<Handles> {
  const known = await sitesOf(desk);
  if (site !== undefined && !known.includes(site)) throw unknownSite(desk, site, known);
  const wanted = site === undefined ? known : [site];
  const all = wanted.map((name) => [name, handleOf(desk, name)] as const);
  const there = await Promise.all(all.map(([, handle]) => exists(handle)));
  if (verb === 'create') {
    refuseExisting(
      desk,
      wanted.filter((_, n) => there[n]),
    );
    if (wanted.length === 0) throw unknownSite(desk, 'no site', known);
    return new Map(all);
  }
  const found = new Map(all.filter((_, n) => there[n]));
  if (found.size === 0 && verb !== 'list') throw nothingScheduled(desk, site);
  return found;
}

/** Sites that machines are recorded at, and those that have a schedule although none is. */
async function sitesOf({ engine, stores, environment }: Desk): Promise<string[]> {
  const sites = new Set((await stores.record.machines(environment)).map((row) => row.site));
  const prefix = scheduleId(environment, '');
  for await (const { scheduleId: id } of engine.client.schedule.list())
    if (id.startsWith(prefix)) sites.add(id.slice(prefix.length));
  return [...sites].sort();
}

const handleOf = ({ engine, environment }: Desk, site: string): ScheduleHandle =>
  engine.client.schedule.getHandle(scheduleId(environment, site));

async function exists(handle: ScheduleHandle): Promise<boolean> {
  try {
    await handle.describe();
    return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw error;
  }
}

async function create(desk: Desk, sites: readonly string[], options: ScheduleOptions): Promise<void> {
  const said = specified(options);
  for (const site of sites) {
    const spec: ScheduleSpec = { ...desk.environment, site, ...said, origin: 'person' };
    await desk.engine.client.schedule.create(scheduleOptions(spec));
  }
}

async function act(handle: ScheduleHandle, verb: ScheduleVerb, reason: string | undefined): Promise<void> {
  const note = `${who()}${reason === undefined ? '' : `: ${reason}`}`;
  if (verb === 'pause') await handle.pause(note);
  if (verb === 'resume') await handle.unpause(note);
  if (verb === 'delete') await handle.delete();
  // One that is at work is enough.
  if (verb === 'trigger') await handle.trigger('SKIP');
}

async function entriesOf({ stores, environment }: Desk, handles: Handles): Promise<ScheduleEntry[]> {
  const scans = await stores.record.scans(environment, 1000);
  const changes = await stores.record.changes(environment, 1000);
  const runs = new Map(changes.map((row) => [row.change.id, row.run]));
  return Promise.all(
    [...handles].map(async ([site, handle]) => {
      const last = scans.find((one) => one.site === site);
      return scheduleEntry(await handle.describe(), last, runs);
    }),
  );
}

const nameOf = ({ environment: { fleet, environment } }: Desk): string => `${fleet}/${environment}`;

const unknownSite = (desk: Desk, site: string, known: readonly string[]): MillwrightError =>
  usageError(
    `${nameOf(desk)} has no machines at ${site}.`,
    known.length > 0 ? `Sites: ${known.join(', ')}.` : 'millwright up creates what the manifest declares.',
    'MW-SCHEDULE-SITE',
  );

function refuseExisting(desk: Desk, sites: readonly string[]): void {
  if (sites.length === 0) return;
  throw usageError(
    `${nameOf(desk)} has a schedule at ${sites.join(', ')} already. Nothing was made.`,
    'millwright schedule list shows it; millwright schedule delete removes it.',
    'MW-SCHEDULE-EXISTS',
  );
}

const nothingScheduled = (desk: Desk, site: string | undefined): MillwrightError =>
  usageError(
    `${nameOf(desk)} has no schedule${site === undefined ? '' : ` at ${site}`}.`,
    'millwright schedule create makes one, and so does `reconcile` in fleet.yaml.',
    'MW-SCHEDULE-NONE',
  );
