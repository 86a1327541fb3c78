import type { Command } from 'commander';
import { examples, type Runner, several } from '../command.js';
import type { Context } from '../context.js';

interface Options {
  to: string[];
  passphraseFile?: string;
  force?: boolean;
}

export function configure(command: Command, run: Runner): void {
  command
    .argument('<file>', 'where to write it, readable by you alone')
    .addOption(several('--to <recipient>', 'age public key of who may read it; repeatable'))
    .option('--passphrase-file <file>', 'encrypt by the passphrase in this file instead')
    .option('--force', 'replace a file that is there')
    .addHelpText(
      'after',
      examples(
        'millwright backup control.age --to age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p',
        'millwright backup control.age --passphrase-file /root/backup.passphrase',
      ),
    )
    .action(run(backup));
}

async function backup(context: Context, file: string, options: Options): Promise<number> {
  const { backUp } = await import('../backup/create.js');
  return backUp(context, file, options);
}
