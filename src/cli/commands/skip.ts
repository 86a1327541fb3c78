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
        'millwright skip 42 web-1',
        'millwright skip 42 web --detach',
        'millwright skip 42 web-1 --reason "disk is being replaced"',
      ),
    )
    .action(run(skip));
}

async function skip(
  context: Context,
  wanted: string,
  target: string | undefined,
  options: RawSteering,
): Promise<number> {
  const { answerRun } = await import('../answer.js');
  return answerRun(context, { verb: 'skip', run: wanted, target, options });
}
