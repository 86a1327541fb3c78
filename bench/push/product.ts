import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { ulid } from 'ulid';
import { knownOf, storeCompiled } from '../../src/cli/prepare.js';
import { type LoadedFleet, loadFleet } from '../../src/manifest/index.js';
import { type Change, type EnvironmentRef, instanceId } from '../../src/model/index.js';
import { type Compiled, compile } from '../../src/plan/index.js';
import { storeChange } from '../../src/store/documents.js';
import { changeStart } from '../../src/workflows/start.js';
import type { RolloutInput, RolloutResult } from '../../src/workflows/types.js';
import { cpuOf } from '../support/host.js';
import type { Engine } from './engine.js';
import { writeFleet } from './manifest.js';
import type { Peer, Run, Work } from './peer.js';

/**
 * All that `millwright up` does after its process has started: read the fleet, compile it against the record, store the
 * plan, have the rollout run, and wait for its result.
 */
export const millwright = (engine: Engine, about: string): Peer => ({
  name: 'millwright',
  about,
  prepare: (work) => prepare(engine, work),
});

async function prepare(engine: Engine, work: Work): Promise<Run> {
  const dir = join(work.dir, 'fleet');
  const count = work.farm.targets.length;
  await writeFleet(dir, ulid(), work);
  const instances = await adopt(engine, await load(dir));
  return {
    async go(expect) {
      // Connections of the run before: a later run finds none.
      for (const instance of instances) engine.site.ssh.forget(instance);
      const before = cpuOf(process.pid) + cpuOf(engine.server.pid);
      const { outcome, counts, machines } = await up(engine, await load(dir));
      const cpu = cpuOf(process.pid) + cpuOf(engine.server.pid) - before;
      const wanted = expect === 'changes' ? { applied: count } : { aligned: count };
      if (JSON.stringify(counts) === JSON.stringify(wanted)) return cpu;
      const why = machines.find(({ failure }) => failure !== undefined)?.failure;
      throw new Error(`the rollout ended ${outcome} ${JSON.stringify(counts)}: ${JSON.stringify(why)}`);
    },
  };
}

async function load(dir: string): Promise<LoadedFleet> {
  const result = await loadFleet({ dir });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.fleet;
}

/** The change that made the machines known, before all others. */
const adoption = '01BENCH0000000000000000000';

/** The machines are known, as after an earlier run, but nothing was ever applied to them. Gives back their instances. */
async function adopt({ record, site }: Engine, fleet: LoadedFleet): Promise<string[]> {
  const { targets } = compiled(fleet, {}, {});
  return Promise.all(
    targets.map(async (target) => {
      const { ref, group, connection, protect } = target;
      const instance = instanceId(ref, adoption);
      const found = await site.provider.find(ref, { instance, connection, protect });
      if (found.state !== 'present') throw new Error(`${ref.machine} is ${found.state}`);
      await record.putMachine({
        ...{ ref, site: target.site, group, changeId: adoption, receipts: [], evidence: {} },
        ...{ instance: found.instance, outcome: { machine: ref.machine, outcome: 'applied', phases: [] } },
      });
      return instance;
    }),
  );
}

async function up({ client, store, record }: Engine, fleet: LoadedFleet): Promise<RolloutResult> {
  const environment = environmentOf(fleet);
  const base = await record.base(environment);
  const plan = compiled(fleet, base, await knownOf(store, base));
  const stored = await storeCompiled(store, plan);
  const change: Change = {
    ...{ id: ulid(), verb: 'up', ...environment, ...stored, intent: plan.intent, revision: fleet.revision },
    ...{ startedBy: 'bench', startedAt: new Date().toISOString(), allowDestroy: false },
  };
  const { type, ...options } = changeStart(change, await storeChange(store, change));
  const handle: WorkflowHandle<(input: RolloutInput) => Promise<RolloutResult>> = await client.workflow.start(
    type,
    options,
  );
  return handle.result();
}

function compiled(...inputs: Parameters<typeof compile>): Compiled {
  const result = compile(...inputs);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result;
}

const environmentOf = ({ manifest }: LoadedFleet): EnvironmentRef => ({
  ...{ fleet: manifest.fleet, fleetUid: manifest.uid, environment: manifest.environment },
});
