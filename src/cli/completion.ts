import type { Command } from 'commander';

export type Shell = 'bash' | 'zsh' | 'fish';

interface Words {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly string[];
}

/** What can be completed, taken from the program itself so that it can't fall behind. */
export function completionWords(program: Command): Words[] {
  const global = flagsOf(program);
  const shown = program.createHelp().visibleCommands(program);
  return shown.flatMap((command) =>
    [command.name(), ...command.aliases()].map((name) => ({
      name,
      summary: command.summary(),
      flags: [...new Set([...flagsOf(command), ...global, '--help'])].sort(),
    })),
  );
}

const flagsOf = (command: Command): string[] =>
  command.options.flatMap((option) => (option.long ? [option.long] : []));

/** The script to be sourced by the shell. */
export function completionScript(shell: Shell, words: readonly Words[]): string {
  return { bash, zsh, fish }[shell](words);
}

const bash = (
  words: readonly Words[],
): string => `# millwright completion for bash: source <(millwright completion bash)
_millwright() {
  local word=\${COMP_WORDS[COMP_CWORD]} verb=
  local each
  for each in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $each in -*) ;; *) verb=$each; break ;; esac
  done
  case $verb in
    '') COMPREPLY=($(compgen -W '${words.map((one) => one.name).join(' ')}' -- "$word")) ;;
${words.map((one) => `    ${one.name}) COMPREPLY=($(compgen -W '${one.flags.join(' ')}' -- "$word")) ;;`).join('\n')}
  esac
}
complete -o default -F _millwright millwright
`;

const zsh = (words: readonly Words[]): string => `#compdef millwright
# millwright completion for zsh: source <(millwright completion zsh)
_millwright() {
  local -a verbs flags
  verbs=(
${words.map((one) => `    '${one.name}:${escaped(one.summary)}'`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' verbs
    return
  fi
  case $words[2] in
${words.map((one) => `    ${one.name}) flags=(${one.flags.join(' ')}) ;;`).join('\n')}
  esac
  if [[ $PREFIX == -* ]]; then compadd -- $flags; else _files; fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _millwright "$@"; else compdef _millwright millwright; fi
`;

const fish = (words: readonly Words[]): string =>
  [
    '# millwright completion for fish: millwright completion fish | source',
    ...words.map(
      (one) => `complete -c millwright -n __fish_use_subcommand -a ${one.name} -d '${escaped(one.summary)}'`,
    ),
    ...words.flatMap((one) =>
      one.flags.map(
        (flag) => `complete -c millwright -n '__fish_seen_subcommand_from ${one.name}' -l ${flag.slice(2)}`,
      ),
    ),
    '',
  ].join('\n');

const escaped = (text: string): string => text.replace(/'/g, '’').replace(/:/g, '\\:');
