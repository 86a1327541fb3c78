import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { isScheduleVerb, type ScheduleOptions } from '../schedule/verbs.js';

export function configure(command: Command, run: Runner): void {
  command
    .argument('<verb>', 'create, list, pause, resume, trigger or delete')
    .argument('[site]', 'one site; all of the environment unless given')
    .option('--every <duration>', 'create: how often, such as 30m or 6h', '30m')
    .option('--mode <mode>', 'create: report, or enforce to bring drifted machines back', 'report')
    .option('--max-machines <n>', 'create: machines that one scan may bring back', '5')
    .option('--reason <text>', 'pause, resume: why, for those who list it')
    .addHelpText(
      'after',
      examples(
        'millwright schedule create --every 30m',
        'millwright schedule create main --every 6h --mode enforce --max-machines 3',
        'millwright schedule list',
        'millwright schedule pause main --reason "moving racks"',
        'millwright schedule trigger && millwright status',
        'millwright schedule delete main',
      ),
    )
    .action(run(schedule));
}

async function schedule(
  context: Context,
  verb: string,
  site: string | undefined,
  options: ScheduleOptions,
): Promise<number> {
  if (!isScheduleVerb(verb))
    throw usageError(
      `${verb} is nothing that schedule can do.`,
      'Write create, list, pause, resume, trigger or delete.',
    );
  const { schedules } = await import('../schedule/schedule.js');
  const { atDesk } = await import('../operate/operate.js');
  return atDesk(context, (desk) => schedules(desk, verb, site, options));
}
