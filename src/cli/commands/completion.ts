import type { Command } from 'commander';
import { type CommandEntry, examples, type Runner } from '../command.js';
import { completionScript, completionWords, type Shell } from '../completion.js';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { Exit } from '../exit.js';

export function configure(command: Command, run: Runner, all: readonly CommandEntry[]): void {
  command
    .argument('<shell>', 'bash, zsh or fish')
    .addHelpText(
      'after',
      examples(
        'source <(millwright completion bash)',
        'millwright completion fish > ~/.config/fish/completions/millwright.fish',
      ),
    )
    .action(run((context, shell: string) => print(context, shell, command, run, all)));
}

async function print(
  context: Context,
  shell: string,
  own: Command,
  run: Runner,
  all: readonly CommandEntry[],
): Promise<number> {
  if (!isShell(shell)) throw usageError(`There is no completion for ${shell}.`, 'Write bash, zsh or fish.');
  const program = own.parent;
  if (!program) throw new Error('the completion command stands alone');
  for (const entry of all.filter((one) => one.name !== own.name() && !one.hidden)) {
    const command = program.commands.find((one) => one.name() === entry.name);
    if (command) (await entry.load()).configure(command, run, all);
  }
  context.io.out(completionScript(shell, completionWords(program)));
  return Exit.asAsked;
}

const isShell = (text: string): text is Shell => ['bash', 'zsh', 'fish'].includes(text);
