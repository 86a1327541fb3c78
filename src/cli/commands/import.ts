import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';

interface Options {
  site: string;
  config: string;
  to: string;
  acceptHostKey: string[];
}

export function configure(command: Command, run: Runner): void {
  command
    .argument('<file>', 'an Ansible inventory, INI or YAML; group_vars and host_vars beside it are read, too')
    .option('--site <name>', 'site that the machines are of', 'existing')
    .option('--config <name>', 'config that they get', 'base')
    .option('--to <file>', 'file of the fleet that is written', 'imported.yaml')
    .option(
      '--accept-host-key <fingerprint>',
      'a fingerprint that you have compared with the machine; may be given more than once',
      (one: string, all: string[]) => [...all, one],
      [],
    )
    .addHelpText(
      'after',
      `${examples(
        'millwright import inventory.ini',
        'millwright import hosts.yaml --site office --config web --to office.yaml',
      )}\n\nHost keys come from known_hosts; those that it lacks are named. Nothing is run on any machine.`,
    )
    .action(run(importFile));
}

async function importFile(context: Context, file: string, options: Options): Promise<number> {
  const { importInventory } = await import('../existing/import.js');
  const { site, config, to, acceptHostKey: accepted } = options;
  return importInventory(context, file, { site, config, to, accepted });
}
