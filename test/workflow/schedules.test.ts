import { MockActivityEnvironment, type TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { scheduling } from '../../src/activities/schedules.js';
import type { Schedules } from '../../src/activities/types.js';
import type { Desk } from '../../src/cli/operate/operate.js';
import type { ScheduleDocument } from '../../src/cli/schedule/document.js';
import { schedules } from '../../src/cli/schedule/schedule.js';
import type { ScheduleVerb } from '../../src/cli/schedule/verbs.js';
import { documentDomains, type EnvironmentRef, type Plan, preimage } from '../../src/model/index.js';
import { schedulesOf } from '../../src/worker/schedules.js';
import { MemoryStore } from '../support/sim.js';
import { startTemporal } from '../support/temporal.js';

let env: TestWorkflowEnvironment;
let port: Schedules;
let environment: EnvironmentRef;
let fleets = 0;
beforeAll(async () => {
  env = await startTemporal();
  port = schedulesOf(env.client);
});
afterAll(() => env?.teardown());
beforeEach(() => {
  environment = { fleet: 'shop', fleetUid: `uid${process.pid}x${++fleets}`, environment: 'dev' };
});

const sites = ['east', 'west'];
const every = (minutes: number) => ({ everyMs: minutes * 60_000, mode: 'report', maxMachines: 5 }) as const;

describe('schedules that a manifest asks for', () => {
  /** A run of that plan has succeeded. */
  async function ran(reconcile: Plan['reconcile']): Promise<void> {
    const store = new MemoryStore();
    const plan: Plan = { version: 1, ...environment, groups: [], removed: [], gates: [], reconcile };
    const digest = await store.put(preimage(documentDomains.plan, JSON.parse(JSON.stringify(plan))));
    const base = async () => Object.fromEntries(sites.map((site) => [`web-${site}`, { site }]));
    const deps = { store, record: { base }, schedules: port } as unknown as Parameters<typeof scheduling>[0];
    await new MockActivityEnvironment().run(scheduling(deps).keepReconciled, { plan: digest });
  }
  const kept = () => Promise.all(sites.map((site) => port.find(environment, site)));

  it('are there, one per site, as the last run said', async () => {
    await ran(every(30));
    expect(await kept()).toMatchObject(sites.map((site) => ({ site, ...every(30), origin: 'manifest' })));
    await ran({ ...every(60), mode: 'enforce' });
    expect(await kept()).toMatchObject(sites.map(() => ({ everyMs: 3_600_000, mode: 'enforce' })));
  });

  it('stay paused where a person paused them', async () => {
    await ran(every(30));
    const handle = env.client.schedule.getHandle(`reconcile/${environment.fleetUid}/dev/east`);
    await handle.pause('anna: moving racks');
    await ran(every(60));
    expect((await handle.describe()).state).toMatchObject({ paused: true, note: 'anna: moving racks' });
    expect(await kept()).toMatchObject([{ everyMs: 3_600_000 }, { everyMs: 3_600_000 }]);
  });

  it('go when the manifest asks for none any more, but for those of people', async () => {
    await ran(every(30));
    await port.put({ ...environment, site: 'west', ...every(45), origin: 'person' });
    await ran(undefined);
    expect(await kept()).toMatchObject([undefined, { everyMs: 45 * 60_000 }]);
  });
});

describe('millwright schedule', () => {
  const options = { every: '30m', mode: 'report', maxMachines: '5' };

  async function type(
    verb: ScheduleVerb,
    site?: string,
    more: object = {},
  ): Promise<[ScheduleDocument, string]> {
    const said: [ScheduleDocument, string][] = [];
    const record = {
      machines: async () => sites.map((one) => ({ site: one })),
      scans: async () => [],
      changes: async () => [],
    };
    const emit = (document: object, text: () => string) => said.push([document as ScheduleDocument, text()]);
    const desk = { engine: { client: env.client }, stores: { record }, environment, context: { emit } };
    expect(await schedules(desk as unknown as Desk, verb, site, { ...options, ...more })).toBe(0);
    return said[0] as [ScheduleDocument, string];
  }

  it('makes one for every site, and shows them', async () => {
    await type('create', undefined, { mode: 'enforce', maxMachines: '2' });
    const [{ schedules: all }, text] = await type('list');
    expect(all).toMatchObject(
      sites.map((site) => ({ site, mode: 'enforce', maxMachines: 2, origin: 'person', state: 'active' })),
    );
    expect(text).toMatch(
      /^SITE +EVERY +MODE +STATE +NEXT +LAST SCAN\neast +30m00s +enforce, at most 2 +active +in /,
    );
  });

  it('pauses with a name and a reason, and resumes', async () => {
    await type('create', 'east');
    const [paused, text] = await type('pause', undefined, { reason: 'moving racks' });
    expect(paused.schedules).toMatchObject([
      { state: 'paused', nextAt: null, note: expect.stringMatching(/: moving racks$/) },
    ]);
    expect(text).toMatch(/! east is paused by .+: moving racks/);
    expect((await type('resume', 'east'))[0].schedules).toMatchObject([{ state: 'active' }]);
  });

  it('starts a scan at once', async () => {
    await type('create', 'east');
    await type('trigger', 'east');
    const started = async () => (await type('list'))[0].schedules[0]?.running;
    await expect.poll(started, { timeout: 20_000 }).toMatch(`reconcile/${environment.fleetUid}/dev/east-20`);
  });

  it('deletes, and says of one that was deleted what it was', async () => {
    await type('create', 'east');
    expect((await type('delete', 'east'))[0].schedules).toMatchObject([{ site: 'east', state: 'deleted' }]);
    expect((await type('list'))[1]).toBe('Nothing is scheduled: millwright schedule create');
  });

  it.each([
    ['pause', undefined, {}, 'MW-SCHEDULE-NONE'],
    ['trigger', 'moon', {}, 'MW-SCHEDULE-SITE'],
    ['create', 'east', { every: '10s' }, 'MW-USAGE'],
    ['create', 'east', { mode: 'mend' }, 'MW-USAGE'],
  ] as const)('refuses %s %s %j by name', async (verb, site, more, code) => {
    await expect(type(verb, site, more)).rejects.toMatchObject({ info: { code } });
  });

  it('makes no second one', async () => {
    await type('create', 'east');
    await expect(type('create')).rejects.toMatchObject({ info: { code: 'MW-SCHEDULE-EXISTS' } });
  });
});
