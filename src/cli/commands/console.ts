import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import { positive } from '../numbers.js';
import { addSelection, type SelectionOptions, selectionOf } from '../operate/options.js';

interface Options extends SelectionOptions {
  follow?: boolean;
  bytes: string;
}

export function configure(command: Command, run: Runner): void {
  addSelection(command)
    .argument('<target>', 'machines, such as web-1, web, web[1-3]')
    .option('-f, --follow', 'go on with what one machine says next, until Ctrl-C or --timeout')
    .option('--bytes <n>', 'the last n bytes', '8192')
    .addHelpText(
      'after',
      examples(
        'millwright console web-1',
        'millwright console web-1 -f',
        'millwright console web --bytes 500',
      ),
    )
    .action(run(show));
}

async function show(context: Context, target: string, options: Options): Promise<number> {
  const { atDesk } = await import('../operate/operate.js');
  const { followConsole, showConsole } = await import('../operate/console.js');
  const bytes = Math.min(positive(options.bytes, '--bytes'), MAX_BYTES);
  const selection = selectionOf(target, options);
  return atDesk(context, (desk) =>
    options.follow ? followConsole(desk, selection, bytes) : showConsole(desk, selection, bytes),
  );
}

/** As much as is captured before a machine is destroyed. */
const MAX_BYTES = 256 * 1024;
