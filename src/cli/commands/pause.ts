import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import type { GovernOptions } from '../govern.js';

export function configure(command: Command, run: Runner): void {
  command
    .argument('<run>', 'number or ULID of the run')
    .option('--reason <text>', 'why: shown while it is paused')
    .addHelpText('after', examples('millwright pause 42', 'millwright pause 42 --reason "looking at web-1"'))
    .action(run(pause));
}

async function pause(context: Context, wanted: string, options: GovernOptions): Promise<number> {
  const { governRun } = await import('../govern.js');
  return governRun(context, 'pause', wanted, options);
}
