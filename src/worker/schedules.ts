import { type Client, ScheduleAlreadyRunning, ScheduleNotFoundError } from '@temporalio/client';
import type { ScheduleSpec, Schedules } from '../activities/types.js';
import type { EnvironmentRef } from '../model/index.js';
import { scheduleId, scheduleOptions, specOf } from '../workflows/reconcileStart.js';

/** Temporal's own schedules behind the port. */
export const schedulesOf = (client: Client): Schedules => ({
  sites: (environment) => sites(client, environment),
  find: (environment, site) => find(client, environment, site),
  put: (spec) => put(client, spec),
  remove: (environment, site) => unlessGone(() => handleOf(client, environment, site).delete()),
});

const handleOf = (client: Client, environment: EnvironmentRef, site: string) =>
  client.schedule.getHandle(scheduleId(environment, site));

/** From the list, which may be a few seconds behind. */
async function sites(client: Client, environment: EnvironmentRef): Promise<string[]> {
  const prefix = scheduleId(environment, '');
  const found: string[] = [];
  for await (const { scheduleId: id } of client.schedule.list())
    if (id.startsWith(prefix)) found.push(id.slice(prefix.length));
  return found.sort();
}

const find = (client: Client, environment: EnvironmentRef, site: string): Promise<ScheduleSpec | undefined> =>
  unlessGone(async () => specOf(await handleOf(client, environment, site).describe()));

async function put(client: Client, spec: ScheduleSpec): Promise<void> {
  const { scheduleId: id, ...options } = scheduleOptions(spec);
  try {
    await client.schedule.create({ scheduleId: id, ...options });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule.getHandle(id).update(({ state }) => ({ ...options, state }));
  }
}

async function unlessGone<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}
