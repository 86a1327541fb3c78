import { machineList, renderPlan } from '../../report/index.js';
import { bundleItems } from '../bundleItems.js';
import { chooseRecorded, type RecordedMachine } from '../candidates.js';
import { refused, usageError } from '../errors.js';
import { planDocument } from '../planDocument.js';
import { type Prepared, prepare, requireCleanCommit, storeCompiled } from '../prepare.js';
import type { Following } from '../steering.js';
import { submit } from '../submit.js';
import { refuseExistingFor } from './existing.js';
import type { Desk } from './operate.js';

/** New instances in the place of existing ones: same name, address and kept disks. Follows the run as `up` does. */
export async function replaceMachines(
  desk: Desk,
  targets: readonly string[],
  except: readonly string[],
  following: Following,
): Promise<number> {
  const { context, engine, stores, environment } = desk;
  const chosen = await chooseRecorded(stores.record, environment, targets, except);
  refuseExistingFor(chosen, 'replaces');
  refuseProtected(chosen);
  const names = new Set(chosen.map((one) => one.machine));
  const prepared = await prepare(context, stores, { replace: names, only: names });
  requireDeclared(prepared, [...names]);
  requireCleanCommit(prepared);
  await show(desk, prepared);
  await agree(desk, prepared, chosen);
  return submit(context, engine, stores, {
    verb: 'replace',
    environment,
    compiled: prepared.compiled,
    stored: await storeCompiled(stores.store, prepared.compiled, prepared.bytes),
    revision: prepared.fleet.revision,
    commit: prepared.commit,
    allowDestroy: true,
    ...following,
  });
}

/** Nothing at all is replaced while one of the named machines is protected. */
function refuseProtected(chosen: readonly RecordedMachine[]): void {
  const guarded = chosen.filter((one) => one.row.instance?.protect).map((one) => one.machine);
  if (guarded.length === 0) return;
  throw refused(
    'MW-PROTECT',
    `${machineList(guarded)} ${guarded.length === 1 ? 'is' : 'are'} protected. Nothing was replaced.`,
    'To lift it, set protect: false and run millwright up first.',
  );
}

function requireDeclared({ compiled }: Prepared, names: readonly string[]): void {
  const replaced = compiled.targets.filter((one) => one.action === 'replace').map((one) => one.ref.machine);
  const others = names.filter((one) => !replaced.includes(one));
  if (names.length > 0 && others.length === 0) return;
  throw usageError(
    others.length === 0
      ? 'No machine is to be replaced.'
      : `${machineList(others)} can't be replaced: what isn't declared any more, or has no VM, has nothing to be made anew from.`,
    'millwright plan shows what up would do with it.',
    'MW-TARGET-GONE',
  );
}

async function show({ context, stores }: Desk, prepared: Prepared): Promise<void> {
  const items = await bundleItems(stores.store, prepared);
  const now = new Date();
  const document = planDocument({
    prepared,
    looks: 'Planned from the record; no machine was asked.',
    allowDestroy: true,
    items: (machine) => items.get(machine) ?? [],
    at: now.toISOString(),
  });
  context.say(renderPlan(document, now.getTime(), context.paint));
}

async function agree(
  { context }: Desk,
  { compiled }: Prepared,
  chosen: readonly RecordedMachine[],
): Promise<void> {
  const kept = chosen.flatMap(({ machine, row }) =>
    (row.instance?.keptDisks ?? []).map((disk) => `disk ${disk} of ${machine}`),
  );
  const names = machineList(compiled.targets.map((one) => one.ref.machine));
  const rest = kept.length > 0 ? `; kept: ${kept.join(', ')}` : '';
  context.say(
    `Lost with the old instances: everything on ${names}${kept.length > 0 ? ' but what is kept' : ''}${rest}.`,
  );
  if (await context.confirm(`Replace ${names}?`)) return;
  throw usageError('Nothing was replaced.');
}
