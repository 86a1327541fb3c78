import { ulid } from 'ulid';
import type { LookResult } from '../../activities/types.js';
import {
  type Base,
  type Change,
  type FailureInfo,
  type Hold,
  type InstanceInfo,
  instanceId,
  MillwrightError,
  type PlannedMachine,
  type Target,
  workflowId,
} from '../../model/index.js';
import { compile } from '../../plan/index.js';
import { columns } from '../../report/index.js';
import { readArtifacts, storeChange } from '../../store/documents.js';
import { adoptStart, inventoryStart } from '../../workflows/operateStart.js';
import type { AdoptInput, AdoptReport, InventoryReport } from '../../workflows/operateTypes.js';
import { usageError } from '../errors.js';
import { Exit } from '../exit.js';
import { endWithProblems } from '../fleet.js';
import { knownOf, type Prepared, prepare, storeCompiled } from '../prepare.js';
import { didYouMean } from '../suggest.js';
import { who } from '../who.js';
import { refuseBesideRun, startAlone } from './busy.js';
import { nobodyWorksFor, servedSites } from './machines.js';
import type { Desk } from './operate.js';
import { pickVm } from './vm.js';
import { resultOf } from './wait.js';

export interface AdoptDocument {
  readonly schema: 'millwright/adopt/v1';
  readonly fleet: string;
  readonly environment: string;
  readonly machine: string;
  readonly instance: string;
  readonly site: string;
  /** Bundle that the VM says it was last admitted to, and the one that was verified there last. */
  readonly assigned: string | null;
  readonly verified: string | null;
  readonly aligned: boolean;
  readonly differs: readonly { readonly step: string; readonly reason: string }[];
  /** null: nobody got in to look. */
  readonly debts: readonly string[] | null;
  readonly hold: Hold | null;
  readonly unreachable: FailureInfo | null;
}

/** Takes an existing VM into the record as it is, and shows how it differs from what is declared. */
export async function adoptMachine(desk: Desk, machine: string, vm: string | undefined): Promise<number> {
  const { context, engine, stores, environment } = desk;
  const prepared = await prepare(context, stores);
  const target = declared(prepared, machine);
  await refuseBesideRun(engine, environment, 'Nothing was taken over.');
  const changeId = ulid();
  const info = await taken(desk, target, changeId, vm);
  const input = await adoptInput(desk, prepared, { ...target, changeId }, info);
  const options = adoptStart(input);
  const handle = await startAlone(engine, machine, workflowId.machine(input.ref), () =>
    engine.client.workflow.start('adopt', { ...options, workflowIdConflictPolicy: 'FAIL' }),
  );
  const report = await resultOf<AdoptReport>(context, handle);
  if (report.look === undefined) throw new MillwrightError(report.failure ?? unknown(machine), false);
  const document = documentOf(input, report.look);
  context.emit(document, () => textOf(document));
  return exitOf(document);
}

type Declared = Pick<Target, 'ref' | 'site' | 'group' | 'connection' | 'shapeDigest' | 'protect'>;
type Taken = Pick<InstanceInfo, 'instance' | 'shape' | 'protect'>;

/** A VM that its site lists; or a machine that exists by itself, which becomes an instance by being taken over. */
async function taken(
  desk: Desk,
  { ref, site, connection, shapeDigest: shape, protect }: Declared,
  changeId: string,
  vm: string | undefined,
): Promise<Taken> {
  const { machine } = ref;
  if (connection === undefined && vm !== undefined)
    return pickVm(await inventory(desk, site, machine), ref, vm, site);
  if (connection !== undefined && vm === undefined)
    return { instance: instanceId(ref, changeId), shape, protect };
  throw connection === undefined
    ? usageError(
        `Which VM is ${machine}?`,
        `millwright adopt ${machine} --vm ID; millwright doctor --sweep lists them.`,
      )
    : usageError(
        `${machine} exists by itself at ${connection.host}: no VM of a site is it.`,
        `millwright adopt ${machine}`,
      );
}

function declared({ compiled, base }: Prepared, machine: string): Declared {
  const known = base[machine];
  if (known)
    throw usageError(
      `${machine} is managed already: ${known.instance} at ${known.site}.`,
      `millwright status shows it. To manage another VM as ${machine}: millwright forget ${machine} first.`,
      'MW-ADOPT-KNOWN',
    );
  const target = compiled.targets.find((one) => one.ref.machine === machine);
  if (target) return target;
  const names = compiled.targets.map((one) => one.ref.machine);
  throw usageError(
    `The manifest declares no machine ${machine}.${didYouMean(machine, names)}`,
    'Declare it first: what a machine is to be is in the manifest, adopt only says which VM it is.',
    'MW-TARGET-UNKNOWN',
  );
}

async function inventory(
  { context, engine, environment }: Desk,
  site: string,
  machine: string,
): Promise<readonly InstanceInfo[]> {
  if (!(await servedSites(engine, [site])).has(site))
    throw new MillwrightError(nobodyWorksFor(site, machine), true);
  const options = inventoryStart({ ...environment, ulid: ulid(), by: who(), site });
  const handle = await engine.client.workflow.start('inventory', options);
  return (await resultOf<InventoryReport>(context, handle)).instances;
}

/** Compiled anew with the VM as its base: what is stored is the contract that the machine is compared with from now on. */
async function adoptInput(
  { context, stores, environment }: Desk,
  prepared: Prepared,
  { ref, site, group, changeId }: Declared & { readonly changeId: string },
  info: Taken,
): Promise<AdoptInput> {
  const { instance, shape, protect } = info;
  const own = { instance, assigned: null, verified: null, shape, site, group, protect };
  const base: Base = { ...prepared.base, [ref.machine]: own };
  const compiled = compile(prepared.fleet, base, await knownOf(stores.store, base));
  if (!compiled.ok) return endWithProblems(context, compiled.problems, 1);
  const stored = await storeCompiled(stores.store, compiled);
  const change: Change = {
    ...environment,
    ...stored,
    id: changeId,
    verb: 'adopt',
    intent: compiled.intent,
    revision: prepared.fleet.revision,
    ...(prepared.commit
      ? { commit: prepared.commit.id, commitSubject: prepared.commit.subject ?? undefined }
      : {}),
    startedBy: who(),
    startedAt: new Date().toISOString(),
    allowDestroy: false,
  };
  const planned = plannedOf(
    compiled.plan.groups.flatMap((one) => one.machines),
    ref.machine,
  );
  const artifacts = await readArtifacts(stores.store, stored.artifacts);
  return {
    ...{ ref, by: change.startedBy, change: await storeChange(stores.store, change), changeId: change.id },
    ...{ group, site, target: planned.target, instance, runner: artifacts.runner },
    bundleBytes: artifacts.bundles[planned.bundle] ?? '',
  };
}

function plannedOf(planned: readonly PlannedMachine[], machine: string): PlannedMachine {
  const found = planned.find((one) => one.machine === machine);
  if (!found) throw new Error(`the plan lost ${machine}`);
  return found;
}

const unknown = (machine: string): FailureInfo => ({
  code: 'MW-INTERNAL',
  cause: 'infrastructure',
  message: `nothing is known of ${machine}`,
});

function documentOf({ ref, instance, site }: AdoptInput, look: LookResult): AdoptDocument {
  return {
    schema: 'millwright/adopt/v1',
    ...{ fleet: ref.fleet, environment: ref.environment, machine: ref.machine, instance, site },
    assigned: look.head?.bundle ?? null,
    verified: look.verified[0]?.bundle ?? null,
    aligned: look.aligned,
    differs: look.differs,
    debts: look.debts,
    hold: look.hold,
    unreachable: look.unreachable ?? null,
  };
}

function exitOf(document: AdoptDocument): number {
  if (document.aligned) return Exit.asAsked;
  return document.debts === null || document.hold !== null ? Exit.incomplete : Exit.differences;
}

function textOf(document: AdoptDocument): string {
  const { machine, instance, site } = document;
  const taken = `${machine} is managed from now on: ${instance} at ${site}. Nothing on it was changed.`;
  return [taken, ...factsOf(document), next(document)].join('\n');
}

function factsOf(document: AdoptDocument): string[] {
  const { aligned, differs, debts, hold, unreachable } = document;
  if (debts === null)
    return [unreachable ? `It could not be looked into: ${unreachable.message}.` : 'It is powered off.'];
  if (hold) return [`It is held, so it was not compared: ${hold.reason}.`];
  if (aligned) return ['It is what is declared.'];
  const rows = differs.map((one) => [`  ~ ${one.step}`, one.reason]);
  return ['It differs from what is declared:', ...columns(rows), ...debts.map((debt) => `  ! owed: ${debt}`)];
}

const next = ({ aligned }: AdoptDocument): string =>
  aligned
    ? 'millwright plan has nothing to do on it.'
    : 'See all of it: millwright plan. Change it: millwright up.';
