import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';

interface Options {
  identity?: string;
  passphraseFile?: string;
  force?: boolean;
  offline?: boolean;
}

export function configure(command: Command, run: Runner): void {
  command
    .argument('<file>', 'what `millwright backup` wrote')
    .option('--identity <file>', 'private age key, as age-keygen wrote it')
    .option('--passphrase-file <file>', 'the passphrase that it was encrypted by')
    .option('--force', 'take its keys although this host has others, which are kept aside')
    .option('--offline', 'ask no machine: what the backup says is taken as it is')
    .addHelpText(
      'after',
      examples(
        'millwright restore control.age --identity backup.key',
        'millwright restore control.age --passphrase-file /root/backup.passphrase',
        'millwright restore control.age --identity backup.key --offline',
      ),
    )
    .action(run(bringBack));
}

async function bringBack(context: Context, file: string, options: Options): Promise<number> {
  const { restore } = await import('../backup/restore.js');
  return restore(context, file, options);
}
