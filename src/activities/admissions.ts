import {
  type BundleId,
  type Digest,
  documentDomains,
  type EnvironmentRef,
  type PlannedMachine,
  preimage,
} from '../model/index.js';
import type { MachineRow } from '../record/port.js';
import { findBundle, readArtifacts, readPlan, readTarget } from '../store/documents.js';
import type { ControlDeps } from './deps.js';

/** What a machine was admitted to, as documents in the store. */
export interface Admission {
  /** Store digest of a Target whose bundle is the assigned one. */
  readonly target: Digest;
  readonly bundle: BundleId;
  /** Digest of the bundle's tar. */
  readonly bytes: Digest;
  readonly runner: Digest;
}

interface Known {
  readonly machines: ReadonlyMap<string, PlannedMachine>;
  readonly bundles: Readonly<Record<BundleId, Digest>>;
  readonly runner: Digest;
}

/** Reads each change once, whichever number of machines it was the last one of. */
export class Admissions {
  private readonly changes = new Map<string, Promise<Known | undefined>>();

  constructor(
    private readonly deps: Pick<ControlDeps, 'record' | 'store'>,
    private readonly environment: EnvironmentRef,
  ) {}

  /** A text says why it isn't known. */
  async of({ assigned, lastChange, ref }: MachineRow): Promise<Admission | string> {
    if (assigned === null) return 'it was never admitted to a bundle';
    const known = await this.change(lastChange);
    const planned = known?.machines.get(ref.machine);
    if (known === undefined || planned === undefined)
      return `its last change ${lastChange} is not known here`;
    const bytes = known.bundles[assigned];
    if (bytes === undefined) return lost;
    const target = await this.target(planned, assigned);
    if (target === undefined) return lost;
    return { target, bundle: assigned, bytes, runner: known.runner };
  }

  private change(id: string): Promise<Known | undefined> {
    const before = this.changes.get(id);
    if (before !== undefined) return before;
    const reading = this.read(id);
    this.changes.set(id, reading);
    return reading;
  }

  private async read(id: string): Promise<Known | undefined> {
    const { record, store } = this.deps;
    const found = await record.change(this.environment, id);
    if (found === undefined) return undefined;
    const { groups, removed } = await readPlan(store, found.change.plan);
    const { bundles, runner } = await readArtifacts(store, found.change.artifacts);
    const machines = [...groups.flatMap((group) => group.machines), ...removed];
    return { machines: new Map(machines.map((one) => [one.machine, one])), bundles, runner };
  }

  /** The last change may have been about another bundle than the one that it left behind. */
  private async target(planned: PlannedMachine, assigned: BundleId): Promise<Digest | undefined> {
    if (planned.bundle === assigned) return planned.target;
    const { store } = this.deps;
    const outline = await findBundle(store, assigned);
    if (outline === undefined) return undefined;
    const { verify, slots } = outline;
    const steps = outline.steps.map(({ id }) => id);
    const target = await readTarget(store, planned.target);
    return store.put(
      preimage(documentDomains.target, { ...target, bundle: assigned, steps, verify, slots, cannotUndo: [] }),
    );
  }
}

const lost =
  'the bundle that it was admitted to is not in the store any more; millwright plan compares it with the files';
