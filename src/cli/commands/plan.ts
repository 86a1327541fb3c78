import type { Command } from 'commander';
import type { Policy } from '../../policy/index.js';
import { renderPlan } from '../../report/index.js';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import { Exit } from '../exit.js';

interface Options {
  exitCode?: boolean;
  allowDestroy?: boolean;
  look?: boolean;
}

export function configure(command: Command, run: Runner): void {
  command
    .option('--exit-code', 'end with 4 when there is anything to do')
    .option('--allow-destroy', 'show the plan as `up --allow-destroy` would do it')
    .option('--no-look', 'plan from the record alone; ask no machine')
    .addHelpText(
      'after',
      examples(
        'millwright plan',
        'millwright plan -e prod --exit-code',
        'millwright plan -o json | jq .summary',
      ),
    )
    .action(run(plan));
}

async function plan(context: Context, options: Options): Promise<number> {
  const { withStores } = await import('../stores.js');
  const { prepare, storeCompiled } = await import('../prepare.js');
  const { lookAtMachines } = await import('../look.js');
  const { planDocument } = await import('../planDocument.js');
  const { bundleItems } = await import('../bundleItems.js');
  return withStores(context, async (stores) => {
    const prepared = await prepare(context, stores);
    const stored = await storeCompiled(stores.store, prepared.compiled, prepared.bytes);
    const looks =
      options.look === false
        ? 'Planned from the record; no machine was asked.'
        : await lookAtMachines(context, stores.store, prepared, stored);
    const items = await bundleItems(stores.store, prepared);
    const now = new Date();
    const document = planDocument({
      prepared,
      looks,
      allowDestroy: options.allowDestroy === true,
      items: (machine) => items.get(machine) ?? [],
      at: now.toISOString(),
      policy: await policyHere(context),
    });
    context.emit(document, () => renderPlan(document, now.getTime(), context.paint));
    const differs = document.machines.some((one) => one.action !== 'nothing');
    return options.exitCode && differs ? Exit.differences : Exit.asAsked;
  });
}

/** Only the host of control has the file; elsewhere the plan shows what the manifest asks for. */
async function policyHere(context: Context): Promise<Policy | undefined> {
  const { policy: file } = context.settings();
  if (file === undefined) return undefined;
  const { readPolicy } = await import('../../policy/index.js');
  return (await readPolicy(file)).policy;
}
