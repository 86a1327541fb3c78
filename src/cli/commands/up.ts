import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import type { Prepared } from '../prepare.js';
import { followOptions, parseFollow, type RawSteering } from '../steering.js';
import type { Stores } from '../stores.js';
import type { Engine } from '../temporal.js';

interface Options extends RawSteering {
  plan?: string;
  allowDestroy?: boolean;
  supersede?: boolean;
  again?: boolean;
}

export function configure(command: Command, run: Runner): void {
  followOptions(
    command
      .option('--plan <id>', 'only exactly this plan, as `millwright plan` named it')
      .option('--allow-destroy', 'also destroy and replace machines where the plan says so')
      .option('--supersede', 'stop the run of another plan first, then do this one')
      .option('--again', 'although this very revision was rolled back'),
  )
    .addHelpText(
      'after',
      examples(
        'millwright up',
        'millwright up -e prod --plan 7d1f9a2c',
        'millwright up --supersede',
        'millwright up --detach -o json',
        'millwright up --timeout 30m -o jsonl --on-interrupt stop',
      ),
    )
    .action(run(up));
}

async function up(context: Context, options: Options): Promise<number> {
  const { connectEngine } = await import('../temporal.js');
  const { withStores } = await import('../stores.js');
  const { storeCompiled } = await import('../prepare.js');
  const { submit } = await import('../submit.js');
  const { loadOrEnd } = await import('../fleet.js');
  const following = parseFollow(options);
  // What is wrong with the files is told whether or not anybody is there to run them.
  await loadOrEnd(context);
  const engine = await connectEngine(context);
  try {
    return await withStores(context, async (stores) => {
      const prepared = await prepareUp(context, engine, stores, options);
      return submit(context, engine, stores, {
        verb: 'up',
        environment: prepared.environment,
        compiled: prepared.compiled,
        stored: await storeCompiled(stores.store, prepared.compiled, prepared.bytes),
        revision: prepared.fleet.revision,
        commit: prepared.commit,
        allowDestroy: options.allowDestroy === true,
        ...following,
      });
    });
  } finally {
    await engine.close();
  }
}

/** What is wrong with the files stops no run; only then does a superseded one end, and all is compiled anew. */
async function prepareUp(
  context: Context,
  engine: Engine,
  stores: Stores,
  options: Options,
): Promise<Prepared> {
  const { refuseRolledBack, supersede } = await import('../supersede.js');
  const prepared = await accepted(context, stores, options);
  const { environment, compiled, fleet } = prepared;
  if (!options.again) await refuseRolledBack(stores.record, environment, fleet.revision);
  const stopped = options.supersede && (await supersede(context, engine, environment, compiled.intent));
  return stopped ? accepted(context, stores, options) : prepared;
}

async function accepted(context: Context, stores: Stores, { plan }: Options): Promise<Prepared> {
  const { prepare, requireCleanCommit } = await import('../prepare.js');
  const { requirePlan } = await import('../exactPlan.js');
  const prepared = await prepare(context, stores);
  requireCleanCommit(prepared);
  if (plan !== undefined) await requirePlan(stores.store, plan, prepared);
  return prepared;
}
