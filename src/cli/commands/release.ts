import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import { addSelection, type SelectionOptions, selectionOf } from '../operate/options.js';

export function configure(command: Command, run: Runner): void {
  addSelection(command)
    .argument('<target>', 'machines, such as web-1, web, web[1-3]')
    .addHelpText('after', examples('millwright release web-1', 'millwright release web --except web-3'))
    .action(run(release));
}

async function release(context: Context, target: string, options: SelectionOptions): Promise<number> {
  const { atDesk } = await import('../operate/operate.js');
  const { releaseMachines } = await import('../operate/hold.js');
  const selection = selectionOf(target, options);
  return atDesk(context, (desk) => releaseMachines(desk, selection));
}
