import type { Command } from 'commander';
import { renderStatus } from '../../report/index.js';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import { Exit } from '../exit.js';
import { environmentFlag } from '../flags.js';

interface Options {
  watch?: boolean;
}

export function configure(command: Command, run: Runner): void {
  command
    .argument('[run]', 'number or ULID of a run; the fleet unless given')
    .option('-w, --watch', 'watch the run until it ends')
    .addHelpText(
      'after',
      examples('millwright status', 'millwright status -w', 'millwright status 42 -o json'),
    )
    .action(run(status));
}

async function status(context: Context, wanted: string | undefined, options: Options): Promise<number> {
  const { withStores } = await import('../stores.js');
  const { identify } = await import('../identity.js');
  const environment = await identify(context);
  return withStores(context, async (stores) => {
    if (options.watch) {
      const { watchActive } = await import('../watchActive.js');
      const exit = await watchActive(context, stores, environment, wanted);
      if (exit !== undefined) return exit;
    }
    if (wanted !== undefined) {
      const { reportRun } = await import('../watchActive.js');
      return reportRun(context, stores, environment, wanted);
    }
    const { statusDocument } = await import('../statusDocument.js');
    const document = await statusDocument(context, stores, environment);
    context.emit(document, () => renderStatus(document, Date.now(), context.paint, environmentFlag(context)));
    return Exit.asAsked;
  });
}
