import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { Exit } from '../exit.js';

export function configure(command: Command, run: Runner): void {
  command
    .argument('[name]', 'fleet (default), include, or the name of an output such as plan or status', 'fleet')
    .addHelpText(
      'after',
      examples(
        'millwright schema > .millwright/fleet.schema.json',
        'millwright schema plan',
        'millwright schema list',
      ),
    )
    .action(run(schema));
}

async function schema(context: Context, name: string): Promise<number> {
  const { fleetJsonSchema, includeJsonSchema } = await import('../../manifest/index.js');
  const { outputJsonSchema, outputNames } = await import('../schemas/index.js');
  const names = ['fleet', 'include', ...outputNames];
  if (name === 'list') {
    context.io.out(names.join('\n'));
    return Exit.asAsked;
  }
  const found =
    name === 'fleet' ? fleetJsonSchema() : name === 'include' ? includeJsonSchema() : outputJsonSchema(name);
  if (!found) {
    const { didYouMean } = await import('../suggest.js');
    throw usageError(
      `There is no schema ${name}.${didYouMean(name, names)}`,
      `There are: ${names.join(', ')}.`,
      'MW-SCHEMA-UNKNOWN',
    );
  }
  context.io.out(JSON.stringify(found, null, 2));
  return Exit.asAsked;
}
