import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';

export function configure(command: Command, run: Runner): void {
  command
    .argument('<machine>', 'one machine, such as web-1')
    .argument('[command...]', 'run this instead of a shell, after --')
    .addHelpText('after', examples('millwright ssh web-1', 'millwright ssh db-1 -- journalctl -f'))
    .action(run(ssh));
}

async function ssh(context: Context, machine: string, command: string[]): Promise<number> {
  const { connectEngine } = await import('../temporal.js');
  const { withStores } = await import('../stores.js');
  const { identify } = await import('../identity.js');
  const { chooseRecorded } = await import('../candidates.js');
  const { openShell } = await import('../shell.js');
  const environment = await identify(context);
  const engine = await connectEngine(context);
  try {
    return await withStores(context, async (stores) => {
      const [chosen, ...more] = await chooseRecorded(stores.record, environment, [machine]);
      if (!chosen || more.length > 0) {
        throw usageError(
          `${machine} names ${more.length + (chosen ? 1 : 0)} machines; a shell is on one.`,
          undefined,
          'MW-TARGET-SYNTAX',
        );
      }
      return openShell({ context, engine, stores, environment }, chosen.row, command);
    });
  } finally {
    await engine.close();
  }
}
