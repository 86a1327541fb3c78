import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';

interface Options {
  except: string[];
  detach?: boolean;
}

export function configure(command: Command, run: Runner): void {
  command
    .argument('[target...]', 'machines to remove; all of the environment when none is named')
    .option(
      '--except <target>',
      'but not these',
      (one: string, all: string[]) => [...all, one],
      [] as string[],
    )
    .option('--detach', 'start it and come back at once')
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
  const engine = await connectEngine(context);
  try {
    return await withStores(context, (stores) =>
      destroyMachines(context, engine, stores, {
        targets,
        except: options.except,
        detach: options.detach === true,
      }),
    );
  } finally {
    await engine.close();
  }
}
