import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import { answerOptions, type RawSteering } from '../steering.js';

export function configure(command: Command, run: Runner): void {
  answerOptions(command.argument('[run]', 'number or ULID of the run; the active one unless given'))
    .addHelpText('after', examples('millwright stop 42', 'millwright stop -e prod --detach'))
    .action(run(stop));
}

async function stop(context: Context, wanted: string | undefined, options: RawSteering): Promise<number> {
  const { answerRun } = await import('../answer.js');
  return answerRun(context, { verb: 'stop', run: wanted, target: undefined, options });
}
