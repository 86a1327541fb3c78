import type { Command } from 'commander';
import { examples, type Runner, several } from '../command.js';
import type { Context } from '../context.js';
import { followOptions, parseFollow, type RawSteering } from '../steering.js';

interface Options extends RawSteering {
  except: string[];
}

export function configure(command: Command, run: Runner): void {
  followOptions(
    command
      .argument('[target...]', 'machines to remove; all of the environment when none is named')
      .addOption(several('--except <target>', 'but not these')),
  )
    .addHelpText(
      'after',
      examples(
        'millwright destroy',
        'millwright destroy web-2 --yes',
        'millwright destroy -e dev --except db',
      ),
    )
    .action(run(destroy));
}

async function destroy(context: Context, targets: string[], options: Options): Promise<number> {
  const { connectEngine } = await import('../temporal.js');
  const { withStores } = await import('../stores.js');
  const { destroyMachines } = await import('../destroy.js');
  const following = parseFollow(options);
  const engine = await connectEngine(context);
  try {
    return await withStores(context, (stores) =>
      destroyMachines(context, engine, stores, {
        targets,
        except: options.except,
        ...following,
      }),
    );
  } finally {
    await engine.close();
  }
}
