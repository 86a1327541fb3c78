import type { WorkflowHandle } from '@temporalio/client';
import { stopUpdate } from '../../src/workflows/messages.js';
import { Gate } from '../support/gate.js';
import type { Lab } from '../support/lab.js';
import { openQuestions } from '../support/questions.js';
import type { SimFleet, SimGroup } from '../support/sim-fleet.js';
import { governStories } from './governStories.js';
import { operateStories } from './operateStories.js';
import { reconcileStories } from './reconcileStories.js';
import { surroundStories } from './surroundStories.js';

/** Acts a story out and gives back the workflows whose histories are worth keeping. */
type Story = (lab: Lab) => Promise<readonly WorkflowHandle[]>;

const groups = [
  { group: 'db', count: 1, maxParallel: 1 },
  { group: 'web', count: 2, maxParallel: 1, after: ['db'], verify: ['command:answers'] },
];

const asking: SimGroup[] = [{ group: 'db', count: 1, onFailure: 'ask' }];
const bad = { steps: [{ id: 'file:/b', fails: 'dirty' as const }] };

/** Every way a rollout can go, and what people ask of single machines. A story that is added gets its history recorded by the next run of the replay tests. */
export const stories: Readonly<Record<string, Story>> = {
  ...governStories,
  ...operateStories,
  ...reconcileStories,
  ...surroundStories,
  created: async (lab) => kept(lab, await finished(lab, lab.fleet(groups))),
  aligned: async (lab) => {
    const fleet = lab.fleet(groups);
    await finished(lab, fleet);
    return kept(lab, await finished(lab, fleet));
  },
  changed: async (lab) => {
    const fleet = lab.fleet(groups);
    await finished(lab, fleet);
    return kept(lab, await finished(lab, { ...fleet, version: '2' }));
  },
  booted: async (lab) => {
    const fleet = lab.fleet(groups);
    await finished(lab, fleet);
    lab.site.powerOff('web-1');
    return kept(lab, await finished(lab, fleet));
  },
  'failed-in-create': async (lab) => {
    lab.site.onCreate = async (machine, moment) => {
      if (machine === 'web-1' && moment === 'made') throw new Error('qemu exited 1');
    };
    return kept(lab, await finished(lab, lab.fleet(groups)));
  },
  'failed-in-provision': async (lab) => {
    lab.site.onMade = (_, target) => target.behaviour.failing.add('file:/b');
    return kept(lab, await finished(lab, lab.fleet(groups)));
  },
  cancelled: async (lab) => {
    const { fleet, rollout } = await heldInProvision(lab);
    await rollout.cancel();
    await rollout.result().catch(() => undefined);
    return kept(lab, { fleet, rollout });
  },
  stopped: async (lab) => {
    const { fleet, rollout } = await heldInProvision(lab);
    await rollout.executeUpdate(stopUpdate, { args: [{ by: 'tester' }] });
    await rollout.result();
    return kept(lab, { fleet, rollout });
  },
  retried: async (lab) => {
    lab.site.onMade = (_, target) => target.behaviour.failing.add('file:/b');
    const fleet = lab.fleet(asking);
    const rollout = await lab.up(fleet);
    await openQuestions(rollout);
    lab.site.vm('db-1').target.behaviour.failing.clear();
    await rollout.executeUpdate('retry', { args: [{ by: 'tester' }] });
    await rollout.result();
    return kept(lab, { fleet, rollout });
  },
  'rolled-back': async (lab) => {
    const fleet = lab.fleet(asking);
    await finished(lab, fleet);
    const rollout = await lab.up({
      ...fleet,
      version: '2',
      groups: asking.map((one) => ({ ...one, ...bad })),
    });
    await openQuestions(rollout);
    await rollout.executeUpdate('rollback', { args: [{ by: 'tester', machine: 'db-1' }] });
    await rollout.result();
    return kept(lab, { fleet, rollout });
  },
  'rolled-back-whole': async (lab) => {
    const fleet = lab.fleet(asking);
    await finished(lab, fleet);
    const rollout = await lab.up({
      ...fleet,
      version: '2',
      groups: asking.map((one) => ({ ...one, ...bad })),
    });
    await openQuestions(rollout);
    await rollout.cancel();
    await rollout.result().catch(() => undefined);
    return kept(lab, { fleet, rollout });
  },
  'climbed-down': async (lab) => {
    const group = {
      ...asking[0],
      rollback: ['restore', 'snapshot', 'replace'],
      onFailure: 'rollback',
    } as SimGroup;
    const fleet = lab.fleet([group]);
    await finished(lab, fleet);
    const steps = [{ id: 'command:migrate', cannotUndo: true }, ...bad.steps];
    return kept(lab, await finished(lab, { ...fleet, version: '2', groups: [{ ...group, steps }] }));
  },
  replaced: async (lab) => {
    const fleet = lab.fleet(asking);
    await finished(lab, fleet);
    const rollout = await lab.up({ ...fleet, actions: { 'db-1': 'replace' } }, { allowDestroy: true });
    await rollout.result();
    return kept(lab, { fleet, rollout });
  },
  destroyed: async (lab) => {
    const fleet = lab.fleet(groups);
    await finished(lab, fleet);
    const gone = { ...fleet, groups: [], removed: ['web-2', 'web-1', 'db-1'] };
    const rollout = await lab.up(gone, { verb: 'destroy', allowDestroy: true });
    await rollout.result();
    return kept(lab, { fleet, rollout });
  },
};

interface Acted {
  readonly fleet: SimFleet;
  readonly rollout: WorkflowHandle;
}

async function finished(lab: Lab, fleet: SimFleet): Promise<Acted> {
  const rollout = await lab.up(fleet);
  await rollout.result();
  return { fleet, rollout };
}

async function heldInProvision(lab: Lab) {
  const gate = new Gate();
  lab.site.onMade = (_, target) => {
    target.behaviour.onEnd = () => gate.open();
    target.behaviour.beforeStep = (step) => (step === 'file:/b' ? gate.pass() : Promise.resolve());
  };
  const fleet = lab.fleet(groups);
  const rollout = await lab.up(fleet);
  await gate.reached;
  return { fleet, rollout };
}

/** The rollout, its first batch and its first machine. */
async function kept(lab: Lab, { fleet, rollout }: Acted): Promise<WorkflowHandle[]> {
  const { groups } = await lab.progress(rollout);
  const batch = groups[0]?.batches[0] ?? '';
  return [rollout, lab.env.client.workflow.getHandle(batch), lab.machine(fleet, 'db-1')];
}
