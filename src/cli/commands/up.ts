import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';

interface Options {
  plan?: string;
  detach?: boolean;
  allowDestroy?: boolean;
}

export function configure(command: Command, run: Runner): void {
  command
    .option('--plan <id>', 'only exactly this plan, as `millwright plan` named it')
    .option('--allow-destroy', 'also destroy and replace machines where the plan says so')
    .option('--detach', 'start it and come back at once')
    .addHelpText(
      'after',
      examples(
        'millwright up',
        'millwright up -e prod --plan 7d1f9a2c',
        'millwright up --detach -o json',
        'millwright up --timeout 30m -o jsonl',
      ),
    )
    .action(run(up));
}

async function up(context: Context, options: Options): Promise<number> {
  const { connectEngine } = await import('../temporal.js');
  const { withStores } = await import('../stores.js');
  const { prepare, requireCleanCommit, storeCompiled } = await import('../prepare.js');
  const { requirePlan } = await import('../exactPlan.js');
  const { submit } = await import('../submit.js');
  const engine = await connectEngine(context);
  try {
    return await withStores(context, async (stores) => {
      const prepared = await prepare(context, stores);
      requireCleanCommit(prepared);
      if (options.plan !== undefined) await requirePlan(stores.store, options.plan, prepared);
      const stored = await storeCompiled(stores.store, prepared.compiled);
      return submit(context, engine, stores, {
        verb: 'up',
        environment: prepared.environment,
        compiled: prepared.compiled,
        stored,
        revision: prepared.fleet.revision,
        commit: prepared.commit,
        allowDestroy: options.allowDestroy === true,
        detach: options.detach === true,
      });
    });
  } finally {
    await engine.close();
  }
}
