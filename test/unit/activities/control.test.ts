import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, it } from 'vitest';
import { createControlActivities } from '../../../src/activities/index.js';
import type { ControlActivities } from '../../../src/activities/types.js';
import {
  type MachineOutcome,
  type Outcome,
  type Plan,
  preimage,
  type Target,
} from '../../../src/model/index.js';
import type { AnswerEntry, HistoryRow } from '../../../src/record/port.js';
import { MemoryStore } from '../../support/sim.js';
import { ref } from './site.js';

const store = new MemoryStore();
const env = new MockActivityEnvironment();
const control = (more: object = {}): ControlActivities => {
  const record: object = { drained: async () => ({}), ...more };
  const deps = { store, record, holder: async () => ({ running: false }) };
  const activities = createControlActivities(deps as Parameters<typeof createControlActivities>[0]);
  const inside = ([name, activity]: [string, (...args: never[]) => Promise<unknown>]) => [
    name,
    (...args: never[]) => env.run(activity, ...args),
  ];
  return Object.fromEntries(Object.entries(activities).map(inside)) as ControlActivities;
};

const planned = (target: string) => ({
  ...{ machine: 'web-1', site: 'main', action: 'change', baseBundle: 'old', bundle: 'new' },
  target,
});
const stored = async (target: object, group: object = {}) => {
  const digest = await store.put(preimage('millwright.target.v1', { ref, group: 'web', ...target }));
  const groups = [{ group: 'web', after: [], maxParallel: 2, machines: [planned(digest)], ...group }];
  const plan = await store.put(preimage('millwright.plan.v1', { groups, removed: [] }));
  const bundles = { new: 'tar of new', old: 'tar of old' };
  const artifacts = await store.put(preimage('millwright.artifacts.v1', { bundles, runner: 'runner' }));
  return { plan, artifacts, group: 'web', from: 0, count: 10 };
};

it('a plan of before there were policies asks, and its machines have no ladder', async () => {
  const input = await stored({ base: null } satisfies Partial<Target>);
  expect((await control().outline(input.plan)).groups).toEqual([
    { group: 'web', after: [], maxParallel: 2, onFailure: 'ask', machines: 1 },
  ]);
  expect(await control().slice(input)).toMatchObject([
    { rungs: [], verified: null, bundleBytes: 'tar of new' },
  ]);
});

it('a slice names what each machine returns to, by which rungs', async () => {
  const base = { instance: 'i', assigned: 'new', verified: 'old', shape: 's', site: 'main' };
  const rungs = [{ rung: 'restore' }];
  const input = await stored({ base, rungs }, { onFailure: 'stop' } satisfies Partial<
    Plan['groups'][number]
  >);
  expect((await control().outline(input.plan)).groups[0]?.onFailure).toBe('stop');
  expect(await control().slice(input)).toMatchObject([
    { rungs, verified: 'old', verifiedBytes: 'tar of old', instance: 'i', runner: 'runner' },
  ]);
});

it('a slice names how a machine is taken out of use, why it need not be, and whether it is so still', async () => {
  const step = { at: 'lb-1', site: 'main', run: 'true', settleMs: 0, timeoutMs: 1 };
  const around = { drain: step, restore: step };
  const input = await stored({ base: null, around } satisfies Partial<Target>);
  const sliceOf = async (lb: object, drained: object = {}) => {
    const [one] = await control({ base: async () => lb, drained: async () => drained }).slice(input);
    return { around: one?.around, unneeded: one?.unneeded, drained: one?.drained };
  };
  const never = 'lb-1 was never verified';
  expect(await sliceOf({})).toEqual({ around, unneeded: never });
  expect(await sliceOf({ 'lb-1': { verified: null } })).toEqual({ around, unneeded: never });
  expect(await sliceOf({ 'lb-1': { verified: 'b' } })).toEqual({ around });
  expect(await sliceOf({ 'lb-1': { verified: 'b' } }, { 'web-1': 'lb-1' })).toEqual({
    ...{ around, drained: 'lb-1' },
  });
});

it('outcomes are those of the record, with the instance that is left, where that is known', async () => {
  const row = (machine: string, outcome: Outcome, more: Partial<MachineOutcome> = {}) => ({
    ...{ machine, group: 'web' },
    outcome: { machine, outcome, phases: [], ...more },
  });
  const rows = [
    row('web-1', 'applied', { instance: 'i', attempt: 2 }),
    row('web-2', 'failed', { instance: null }),
    row('web-3', 'unknown'),
  ] as readonly Partial<HistoryRow>[];
  const outcomes = await control({ outcomes: async () => rows }).outcomes({ changeId: '01A' });
  expect(outcomes).toEqual([
    { machine: 'web-1', group: 'web', outcome: 'applied', instance: 'i', attempt: 2 },
    { machine: 'web-2', group: 'web', outcome: 'failed', instance: null },
    { machine: 'web-3', group: 'web', outcome: 'unknown' },
  ]);
});

it('answers are written down as they are', async () => {
  const answers: AnswerEntry[] = [];
  const answer = { changeId: '01A', n: 1, answer: 'skip', machine: 'web-1', by: 'ann', at: 'now' } as const;
  await control({ putAnswer: async (one: AnswerEntry) => void answers.push(one) }).putAnswer(answer);
  expect(answers).toEqual([answer]);
});
