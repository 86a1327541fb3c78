import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { answerOptions, type RawSteering } from '../steering.js';

interface Options extends RawSteering {
  batch?: boolean;
}

export function configure(command: Command, run: Runner): void {
  answerOptions(
    command
      .argument('<run>', 'number or ULID of the run; one that has ended is taken back by a run of its own')
      .argument('[target]', 'machines to put back; all that the run changed unless given'),
  )
    .option('--batch', 'with TARGET: the whole batch it was worked on in')
    .addHelpText(
      'after',
      examples(
        'millwright rollback 42',
        'millwright rollback 42 web-1 --reason "checkout answers 500"',
        'millwright rollback 41 --yes -e prod',
      ),
    )
    .action(run(rollback));
}

async function rollback(
  context: Context,
  wanted: string,
  target: string | undefined,
  options: Options,
): Promise<number> {
  const { answerRun } = await import('../answer.js');
  const { rollBackEnded } = await import('../rollback.js');
  if (options.batch && target === undefined)
    throw usageError(
      '--batch needs a machine.',
      'Name one of the batch: millwright rollback 42 web-1 --batch',
    );
  return answerRun(context, {
    verb: 'rollback',
    run: wanted,
    target,
    batch: options.batch === true,
    options,
    ended: (scene, { row }) => rollBackEnded(scene, row, target, options),
  });
}
