import type { Command } from 'commander';
import { type DoctorDocument, renderDoctor } from '../../report/index.js';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { Exit } from '../exit.js';

interface Options {
  fix?: boolean;
  migrate?: boolean;
  sweep?: boolean;
  remove?: true | string[];
}

export function configure(command: Command, run: Runner): void {
  command
    .option('--fix', 'install and make what is missing; asks once')
    .option('--migrate', "bring the record and the store to this version's schema")
    .option('--sweep', 'compare the VMs of every site with the record, through the workers')
    .option('--remove [vm...]', 'with --sweep: destroy VMs that no machine owns, or only these of them')
    .addHelpText(
      'after',
      examples(
        'millwright doctor',
        'millwright doctor --fix -y',
        'millwright doctor --migrate',
        'millwright doctor --sweep',
        'millwright doctor --sweep --remove 3f2a9c1d',
        'millwright doctor -o json',
      ),
    )
    .action(run(doctor));
}

/** `--migrate` alone migrates and does nothing else: it must work before anything runs. */
async function doctor(context: Context, options: Options): Promise<number> {
  if (options.sweep) return sweep(context, options);
  if (options.remove !== undefined) throw usageError('--remove belongs to --sweep.');
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

async function sweep(context: Context, { fix, migrate, remove }: Options): Promise<number> {
  if (fix || migrate) throw usageError('--sweep goes alone: --fix and --migrate are about this host.');
  const { sweepSites } = await import('../doctor/sweep.js');
  return sweepSites(context, remove ?? false);
}

async function migrate(context: Context): Promise<number> {
  const { migrateAll } = await import('../doctor/record.js');
  const done = await migrateAll(context);
  context.say(done.length > 0 ? `Migrated: ${done.join(', ')}.` : 'Record and store are up to date.');
  return Exit.asAsked;
}
