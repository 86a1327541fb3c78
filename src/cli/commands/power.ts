import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { addSelection, type SelectionOptions, selectionOf } from '../operate/options.js';

const orders = ['on', 'off', 'reboot', 'reset'] as const;
type Order = (typeof orders)[number];

export function configure(command: Command, run: Runner): void {
  addSelection(command)
    .argument('<order>', 'on, off (the guest shuts down), reboot (from inside) or reset (as a button would)')
    .argument('<target>', 'machines, such as web-1, web, web[1-3]')
    .addHelpText(
      'after',
      examples(
        'millwright power off web-1',
        'millwright power on @failed',
        'millwright power reset db-1 --yes',
      ),
    )
    .action(run(power));
}

async function power(
  context: Context,
  first: string,
  second: string,
  options: SelectionOptions,
): Promise<number> {
  const { atDesk } = await import('../operate/operate.js');
  const { switchPower } = await import('../operate/power.js');
  const [order, target] = orderFirst(first, second);
  const selection = selectionOf(target, options);
  return atDesk(context, (desk) => switchPower(desk, selection, order));
}

/** `power web-1 off` means the same: only one of the two words is an order. */
function orderFirst(first: string, second: string): [Order, string] {
  if (isOrder(first)) return [first, second];
  if (isOrder(second)) return [second, first];
  throw usageError(`${first} is nothing that power can do.`, 'Write on, off, reboot or reset.');
}

const isOrder = (word: string): word is Order => (orders as readonly string[]).includes(word);
