import type { Command } from 'commander';
import { examples, type Runner, several } from '../command.js';
import type { Context } from '../context.js';
import { parseFollow, type RawSteering, startOptions } from '../steering.js';

interface Options extends RawSteering {
  except: string[];
}

export function configure(command: Command, run: Runner): void {
  startOptions(
    command
      .argument('<target>', 'machines, such as web-1, web, web[1-3], @failed')
      .addOption(several('--except <target>', 'but not these')),
  )
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
  const following = parseFollow(options);
  return atDesk(context, (desk) => replaceMachines(desk, [target], options.except, following));
}
