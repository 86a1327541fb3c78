import type { Operation } from '../../src/activities/types.js';
import { machineId } from '../../src/model/index.js';
import { readArtifacts, readPlan } from '../../src/store/documents.js';
import { adoptStart, forgetStart, operateStart, sweepStart } from '../../src/workflows/operateStart.js';
import type { OperateMachine } from '../../src/workflows/operateTypes.js';
import type { Lab } from './lab.js';
import { planChange, type SimFleet } from './sim-fleet.js';

export const by = 'tester';

let ordinal = 0;
const ulid = () => `01OPER${String(++ordinal).padStart(20, '0')}`;

/** What people ask of single machines, in a lab. */
export class Operations {
  constructor(private readonly lab: Lab) {}

  /** A fleet that is up, and its machines as an operation names them. */
  async made(count: number): Promise<{ fleet: SimFleet; machines: OperateMachine[] }> {
    const fleet = this.lab.fleet([{ group: 'web', count }]);
    const { change, document } = await planChange(this.lab.site.store, this.lab.record, fleet);
    await (await this.lab.start(change, document)).result();
    const plan = await readPlan(this.lab.site.store, change.plan);
    const { runner } = await readArtifacts(this.lab.site.store, change.artifacts);
    const machines = (plan.groups[0]?.machines ?? []).map(({ machine, site, target }) => ({
      ...{ machine, site, target, runner },
      instance: this.instanceOf(fleet, machine),
    }));
    return { fleet, machines };
  }

  start(fleet: SimFleet, machines: readonly OperateMachine[], operation: Operation) {
    const input = { ulid: ulid(), by, operation, maxParallel: 1, machines };
    const timing = { heartbeat: 3_000, pause: 20 };
    const options = operateStart({ ...fleet.environment, ...input, timing });
    return this.lab.env.client.workflow.start('operate', options);
  }

  sweep(fleet: SimFleet, remove: readonly string[] = []) {
    const options = sweepStart({ ...fleet.environment, ...{ ulid: ulid(), by, site: 'main', remove } });
    return this.lab.env.client.workflow.start('sweep', options);
  }

  forget(fleet: SimFleet, machine: string) {
    return this.lab.env.client.workflow.start('forget', {
      ...forgetStart({ ref: { ...fleet.environment, machine }, by }),
      workflowIdConflictPolicy: 'FAIL',
    });
  }

  /** Takes an instance over as the first machine of the fleet. */
  async adopt(fleet: SimFleet, instance: string) {
    const { store } = this.lab.site;
    const { change, document } = await planChange(store, this.lab.record, fleet, { verb: 'adopt' });
    const plan = await readPlan(store, change.plan);
    const { bundles, runner } = await readArtifacts(store, change.artifacts);
    const planned = plan.groups[0]?.machines[0];
    if (planned === undefined) throw new Error('nothing is planned');
    const options = adoptStart({
      ref: { ...fleet.environment, machine: planned.machine },
      ...{ by, change: document, changeId: change.id, group: 'web', site: 'main', instance, runner },
      ...{ target: planned.target, bundleBytes: bundles[planned.bundle] ?? '' },
    });
    return this.lab.env.client.workflow.start('adopt', options);
  }

  /** As if the record had lost it. */
  unrecord(machine: string): void {
    const { entries } = this.lab.record;
    const kept = entries.filter((one) => one.ref.machine !== machine);
    entries.splice(0, entries.length, ...kept);
  }

  private instanceOf({ environment }: SimFleet, machine: string): string {
    const id = machineId({ ...environment, machine });
    const found = [...this.lab.site.vms.values()].find(({ info }) => info.machineId === id);
    if (found === undefined) throw new Error(`no machine ${machine} was simulated`);
    return found.info.instance;
  }
}
