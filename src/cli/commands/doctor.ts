import type { Command } from 'commander';
import { type DoctorDocument, renderDoctor } from '../../report/index.js';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import { Exit } from '../exit.js';

interface Options {
  fix?: boolean;
  migrate?: boolean;
}

export function configure(command: Command, run: Runner): void {
  command
    .option('--fix', 'install and make what is missing; asks once')
    .option('--migrate', "bring the record and the store to this version's schema")
    .addHelpText(
      'after',
      examples(
        'millwright doctor',
        'millwright doctor --fix -y',
        'millwright doctor --migrate',
        'millwright doctor -o json',
      ),
    )
    .action(run(doctor));
}

/** `--migrate` alone migrates and does nothing else: it must work before anything runs. */
async function doctor(context: Context, options: Options): Promise<number> {
  if (options.migrate && !options.fix) return migrate(context);
  const { setUp, running } = await import('../doctor/components.js');
  const { checks, examine, repair } = await import('../doctor/examine.js');
  const all = [...setUp, ...running];
  const fixed = options.fix ? await repair(context, all) : new Set<string>();
  if (options.migrate) await migrate(context);
  const document: DoctorDocument = {
    schema: 'millwright/doctor/v1',
    at: new Date().toISOString(),
    checks: checks(await examine(context, all), fixed),
  };
  context.emit(document, () => renderDoctor(document, context.paint));
  return document.checks.some((one) => one.state === 'missing' || one.state === 'failed')
    ? Exit.failed
    : Exit.asAsked;
}

async function migrate(context: Context): Promise<number> {
  const { migrateAll } = await import('../doctor/record.js');
  const done = await migrateAll(context);
  context.say(done.length > 0 ? `Migrated: ${done.join(', ')}.` : 'Record and store are up to date.');
  return Exit.asAsked;
}
