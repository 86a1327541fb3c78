import type { Command } from 'commander';
import type { LoadedFleet } from '../../manifest/index.js';
import { examples, type Runner, several } from '../command.js';
import type { Context } from '../context.js';
import type { Part } from '../part.js';
import type { Prepared } from '../prepare.js';
import { parseFollow, type RawSteering, startOptions } from '../steering.js';
import type { Stores } from '../stores.js';
import type { Engine } from '../temporal.js';

interface Options extends RawSteering {
  plan?: string;
  allowDestroy?: boolean;
  supersede?: boolean;
  again?: boolean;
  except: string[];
  only: string[];
}

export function configure(command: Command, run: Runner): void {
  startOptions(
    command
      .argument('[target]', 'machines, such as web-1, web, web[1-3]; all of the environment by default')
      .addOption(several('--except <target>', 'but not these'))
      .addOption(several('--only <id>', 'only this step, such as file:/etc/motd; the rest stays owed'))
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
        'millwright up -e prod --wait-for-window --detach',
        'millwright up --supersede',
        'millwright up web-1',
        'millwright up web --only file:/etc/motd',
        'millwright up --detach -o json',
        'millwright up -e prod --yes --report run.md --report run.xml',
        'millwright up --timeout 30m -o jsonl --on-interrupt stop',
      ),
    )
    .action(run(up));
}

async function up(context: Context, target: string | undefined, options: Options): Promise<number> {
  const { connectEngine } = await import('../temporal.js');
  const { withStores } = await import('../stores.js');
  const { storeCompiled } = await import('../prepare.js');
  const { submit } = await import('../submit.js');
  const { loadOrEnd } = await import('../fleet.js');
  const following = parseFollow(options);
  // What is wrong with the files is told whether or not anybody is there to run them.
  const fleet = await loadOrEnd(context);
  const part = {
    targets: target === undefined ? [] : [target],
    except: options.except,
    steps: options.only,
  };
  const engine = await connectEngine(context);
  try {
    return await withStores(context, async (stores) => {
      const prepared = await prepareUp({ context, engine, stores, options, fleet, part });
      return submit(context, engine, stores, {
        verb: 'up',
        environment: prepared.environment,
        compiled: prepared.compiled,
        stored: await storeCompiled(stores.store, prepared.compiled, prepared.bytes),
        revision: prepared.fleet.revision,
        commit: prepared.commit,
        allowDestroy: options.allowDestroy === true,
        steps: part.steps.length === 0 ? undefined : part.steps,
        ...following,
      });
    });
  } finally {
    await engine.close();
  }
}

interface Asked {
  readonly context: Context;
  readonly engine: Engine;
  readonly stores: Stores;
  readonly options: Options;
  readonly fleet: LoadedFleet;
  readonly part: Part;
}

/** What is wrong with the files stops no run; only then does a superseded one end, and all is compiled anew. */
async function prepareUp(asked: Asked): Promise<Prepared> {
  const { refuseRolledBack, supersede } = await import('../supersede.js');
  const { intentOf } = await import('../submit.js');
  const { context, engine, stores, options, part } = asked;
  const prepared = await accepted(asked);
  const { environment, compiled, fleet } = prepared;
  if (!options.again) await refuseRolledBack(stores.record, environment, fleet.revision);
  const steps = part.steps.length === 0 ? undefined : part.steps;
  const stopped =
    options.supersede && (await supersede(context, engine, environment, intentOf({ compiled, steps })));
  return stopped ? accepted(asked) : prepared;
}

async function accepted({ context, stores, options, fleet, part }: Asked): Promise<Prepared> {
  const { prepare, requireCleanCommit } = await import('../prepare.js');
  const { requirePlan } = await import('../exactPlan.js');
  const { preparePart } = await import('../part.js');
  const prepared = await preparePart(context, stores, await prepare(context, stores, { fleet }), part);
  requireCleanCommit(prepared);
  if (options.plan !== undefined) await requirePlan(stores.store, options.plan, prepared);
  return prepared;
}
