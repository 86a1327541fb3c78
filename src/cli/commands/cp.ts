import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';

interface Options {
  recursive?: boolean;
}

export function configure(command: Command, run: Runner): void {
  command
    .argument('<place...>', 'what to copy, then where to; MACHINE:PATH is on a machine')
    .option('-r, --recursive', 'directories, with all that is in them')
    .addHelpText(
      'after',
      examples(
        'millwright cp web-1:/var/log/nginx/error.log .',
        'millwright cp dump.sql notes.txt db-1:/root/',
        'millwright cp -r site web-1:/srv/www',
        'millwright cp -r web-1:/srv/www web-2:/srv/',
      ),
    )
    .action(run(cp));
}

async function cp(context: Context, words: string[], options: Options): Promise<number> {
  const { parseOrder } = await import('../copy/place.js');
  const { copy } = await import('../copy/copy.js');
  const { atDesk } = await import('../operate/operate.js');
  const order = parseOrder(words);
  return atDesk(context, (desk) => copy(desk, order, { recursive: options.recursive === true }));
}
