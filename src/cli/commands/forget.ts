import type { Command } from 'commander';
import { examples, type Runner, several } from '../command.js';
import type { Context } from '../context.js';

interface Options {
  except: string[];
  purge?: boolean;
}

export function configure(command: Command, run: Runner): void {
  command
    .argument('<target>', 'machines, such as web-1, web, web[1-3]')
    .addOption(several('--except <target>', 'but not these'))
    .option('--purge', 'remove everything of Millwright from it first; what runs made of it stays')
    .addHelpText(
      'after',
      examples(
        'millwright forget web-3',
        'millwright forget web --except web-1 --yes',
        'millwright forget db-1 --purge',
      ),
    )
    .action(run(forget));
}

async function forget(context: Context, target: string, options: Options): Promise<number> {
  const { atDesk } = await import('../operate/operate.js');
  const { forgetMachines } = await import('../operate/forget.js');
  return atDesk(context, (desk) => forgetMachines(desk, [target], options.except, options.purge));
}
