import type { Command } from 'commander';
import { examples, type Runner, several } from '../command.js';
import type { Context } from '../context.js';
import type { GovernOptions } from '../govern.js';
import { answerOptions } from '../steering.js';

export function configure(command: Command, run: Runner): void {
  answerOptions(command.argument('<run>', 'number or ULID of the run'))
    .addOption(
      several('--max-parallel <group=n>', 'so many machines of the group at once from now on, paused or not'),
    )
    .addHelpText(
      'after',
      examples('millwright resume 42', 'millwright resume 42 --max-parallel web=20 --detach'),
    )
    .action(run(resume));
}

async function resume(context: Context, wanted: string, options: GovernOptions): Promise<number> {
  const { governRun } = await import('../govern.js');
  return governRun(context, 'resume', wanted, options);
}
