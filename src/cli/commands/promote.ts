import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import type { GovernOptions } from '../govern.js';
import { answerOptions } from '../steering.js';

export function configure(command: Command, run: Runner): void {
  answerOptions(command.argument('<run>', 'number or ULID of the run'))
    .option('--group <group>', 'only the soak of this group')
    .addHelpText(
      'after',
      examples('millwright promote 42', 'millwright promote 42 --group web --reason "canary is fine"'),
    )
    .action(run(promote));
}

async function promote(context: Context, wanted: string, options: GovernOptions): Promise<number> {
  const { governRun } = await import('../govern.js');
  return governRun(context, 'promote', wanted, options);
}
