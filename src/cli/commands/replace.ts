import type { Command } from 'commander';
import { examples, type Runner, several } from '../command.js';
import type { Context } from '../context.js';

interface Options {
  except: string[];
  detach?: boolean;
}

export function configure(command: Command, run: Runner): void {
  command
    .argument('<target>', 'machines, such as web-1, web, web[1-3], @failed')
    .addOption(several('--except <target>', 'but not these'))
    .option('--detach', 'start it and come back at once')
    .addHelpText(
      'after',
      examples(
        'millwright replace web-2',
        'millwright replace @failed --yes',
        'millwright replace web -e dev --except web-1',
      ),
    )
    .action(run(replace));
}

async function replace(context: Context, target: string, options: Options): Promise<number> {
  const { atDesk } = await import('../operate/operate.js');
  const { replaceMachines } = await import('../operate/replace.js');
  const { except, detach } = options;
  return atDesk(context, (desk) => replaceMachines(desk, [target], except, detach === true));
}
