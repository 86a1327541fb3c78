import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';

interface Options {
  vm?: string;
}

export function configure(command: Command, run: Runner): void {
  command
    .argument('<machine>', 'a machine that the manifest declares, such as web-1')
    .option(
      '--vm <id>',
      'the VM, as `doctor --sweep` lists it; its beginning is enough; none for a machine of a static site',
    )
    .addHelpText(
      'after',
      examples(
        'millwright doctor --sweep',
        'millwright adopt web-1 --vm 3f2a9c1d',
        'millwright adopt web-1 --vm 3f2a9c1d -o json',
        'millwright adopt gate',
      ),
    )
    .action(run(adopt));
}

async function adopt(context: Context, machine: string, options: Options): Promise<number> {
  const { atDesk } = await import('../operate/operate.js');
  const { adoptMachine } = await import('../operate/adopt.js');
  return atDesk(context, (desk) => adoptMachine(desk, machine, options.vm));
}
