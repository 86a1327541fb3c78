import type { Command } from 'commander';
import { count } from '../../report/index.js';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import { Exit } from '../exit.js';

export function configure(command: Command, run: Runner): void {
  command
    .addHelpText(
      'after',
      examples('millwright validate', 'millwright validate -e prod -o json', 'millwright -C shop validate'),
    )
    .action(run(validate));
}

/** Loads and compiles against an empty base, so that mistakes in templates are found too. */
async function validate(context: Context): Promise<number> {
  const { endWithProblems, loadOrEnd, problemOf } = await import('../fleet.js');
  const { compile } = await import('../../plan/index.js');
  const fleet = await loadOrEnd(context);
  const compiled = compile(fleet, {});
  if (!compiled.ok) return endWithProblems(context, compiled.problems, 1);
  const { manifest } = fleet;
  const document = {
    schema: 'millwright/validate/v1',
    ok: true,
    fleet: manifest.fleet,
    environment: manifest.environment,
    revision: fleet.revision,
    machines: compiled.targets.length,
    problems: [],
    warnings: fleet.warnings.map(problemOf),
  };
  context.emit(
    document,
    () =>
      `${manifest.fleet}/${manifest.environment} is sound: ${count(compiled.targets.length, 'machine')} in ${count(Object.keys(manifest.groups).length, 'group')}. Nothing was looked at, nothing changed.`,
  );
  return Exit.asAsked;
}
