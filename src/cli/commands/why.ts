import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';

export function configure(command: Command, run: Runner): void {
  command
    .argument(
      '<what>',
      'machines, such as web-1, web, @owed; a gate, such as canary:web; or number or ULID of a run',
    )
    .addHelpText(
      'after',
      examples(
        'millwright why web-1',
        'millwright why 42',
        'millwright why canary:web',
        'millwright why @owed -o json',
      ),
    )
    .action(run(why));
}

async function why(context: Context, what: string): Promise<number> {
  const { explainWait } = await import('../why/why.js');
  return explainWait(context, what);
}
