import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import { answerOptions, type RawSteering } from '../steering.js';

export function configure(command: Command, run: Runner): void {
  answerOptions(
    command
      .argument('<run>', 'number or ULID of the run')
      .argument('[target]', 'machines that ask; all of them unless given'),
  )
    .addHelpText(
      'after',
      examples(
        'millwright retry 42 web-1',
        'millwright retry 42 web --detach',
        'millwright retry 42 web-1 --reason "mirror is back"',
      ),
    )
    .action(run(retry));
}

async function retry(
  context: Context,
  wanted: string,
  target: string | undefined,
  options: RawSteering,
): Promise<number> {
  const { answerRun } = await import('../answer.js');
  return answerRun(context, { verb: 'retry', run: wanted, target, options });
}
