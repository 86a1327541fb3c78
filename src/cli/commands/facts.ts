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
        'millwright facts web-1',
        'millwright facts -o json | jq -r \'.machines[] | [.machine, .facts["os.version"]] | @tsv\'',
      ),
    )
    .action(run(facts));
}

async function facts(
  context: Context,
  target: string | undefined,
  options: SelectionOptions,
): Promise<number> {
  const { atDesk } = await import('../operate/operate.js');
  const { showFacts } = await import('../operate/facts.js');
  const selection = selectionOf(target, options);
  return atDesk(context, (desk) => showFacts(desk, selection));
}
