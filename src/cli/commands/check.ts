import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import { addSelection, type SelectionOptions, selectionOf } from '../operate/options.js';

export function configure(command: Command, run: Runner): void {
  addSelection(command)
    .argument('[target]', 'machines, such as web-1, web, web[1-3]; all of the environment by default')
    .addHelpText(
      'after',
      examples(
        'millwright check',
        'millwright check web -o json',
        'millwright check tier=front --parallel 50',
      ),
    )
    .action(run(check));
}

async function check(
  context: Context,
  target: string | undefined,
  options: SelectionOptions,
): Promise<number> {
  const { atDesk } = await import('../operate/operate.js');
  const { checkSelection } = await import('../check/check.js');
  const selection = selectionOf(target, options);
  return atDesk(context, (desk) => checkSelection(desk, selection));
}
