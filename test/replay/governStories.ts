import type { WorkflowHandle } from '@temporalio/client';
import type { Lab } from '../support/lab.js';
import type { SimFleet } from '../support/sim-fleet.js';

const by = 'tester';
const strategy = { batches: [1, 3], soakMs: 600_000, maxFailed: 1, surge: 0 };
const gate = { approvals: 2, from: [], onTimeout: 'stop', unsigned: true, external: false } as const;
const probe = { name: 'answers', type: 'command', run: 'true', everyMs: 200, maxFailed: 0 } as const;

/** A rollout with gates, a soak that is watched, and people who pause it, hurry it and agree to it. */
export const governStories: Readonly<Record<string, (lab: Lab) => Promise<readonly WorkflowHandle[]>>> = {
  governed: async (lab) => {
    const rollout = await lab.up(fleetOf(lab));
    const say = (name: string, more: object = {}) => rollout.executeUpdate(name, { args: [{ by, ...more }] });
    await lab.until(rollout, ({ gates = [] }) => gates[0]?.state === 'open');
    await say('approve', { gate: 'rollout' });
    await say('approve', { gate: 'rollout', by: 'ann' });
    await lab.until(rollout, ({ groups }) => groups[0]?.state === 'soaking');
    await say('pause');
    await say('promote');
    await lab.until(rollout, ({ gates = [] }) => gates[0]?.id === 'canary:web');
    await rollout.signal('approve', { by, gate: 'canary:web' });
    await say('approve', { gate: 'canary:web', by: 'ann' });
    await say('limit', { group: 'web', maxParallel: 3 });
    await say('resume');
    await rollout.result();
    return kept(lab, rollout);
  },
  rejected: async (lab) => {
    const rollout = await lab.up(fleetOf(lab));
    await lab.until(rollout, ({ gates = [] }) => gates[0]?.state === 'open');
    await rollout.executeUpdate('reject', { args: [{ by, gate: 'rollout' }] });
    await rollout.result();
    return kept(lab, rollout);
  },
};

const fleetOf = (lab: Lab): SimFleet =>
  lab.fleet([{ group: 'web', count: 4, maxParallel: 1, strategy: { ...strategy, probes: [probe] } }], {
    gates: [
      { id: 'rollout', ...gate },
      { id: 'canary:web', ...gate },
    ],
  });

async function kept(lab: Lab, rollout: WorkflowHandle): Promise<readonly WorkflowHandle[]> {
  const { groups, changeId } = await lab.progress(rollout);
  const { workflow } = lab.env.client;
  const batches = groups.flatMap((one) => one.batches).map((id) => workflow.getHandle(id));
  const watches = batches.length === 0 ? [] : [workflow.getHandle(`analysis/${changeId}/web/0`)];
  return [rollout, ...batches, ...watches];
}
