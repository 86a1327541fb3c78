import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import { addSelection, type SelectionOptions, selectionOf } from '../operate/options.js';

interface Options extends SelectionOptions {
  for?: string;
  until?: string;
  reason: string;
}

export function configure(command: Command, run: Runner): void {
  addSelection(command)
    .argument('<target>', 'machines, such as web-1, web, web[1-3]')
    .requiredOption('--reason <text>', 'why; shown to everybody whose run meets it')
    .option('--for <duration>', 'ends by itself after this long, such as 2h')
    .option('--until <time>', 'ends by itself then: 18:00, or 2026-03-01T18:00:00Z')
    .addHelpText(
      'after',
      examples(
        'millwright hold web-1 --for 2h --reason "debugging the leak"',
        'millwright hold tier=db --until 18:00 --reason "vendor is on it"',
        'millwright release web-1',
      ),
    )
    .action(run(hold));
}

async function hold(context: Context, target: string, options: Options): Promise<number> {
  const { atDesk } = await import('../operate/operate.js');
  const { endOfHold, holdMachines } = await import('../operate/hold.js');
  const selection = selectionOf(target, options);
  const until = endOfHold(options, new Date());
  return atDesk(context, (desk) => holdMachines(desk, selection, options.reason, until));
}
