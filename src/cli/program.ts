import { Command, CommanderError } from 'commander';
import type { Action, CommandEntry, Runner } from './command.js';
import { createContext } from './context.js';
import { Ended, errorDocument } from './errors.js';
import { Exit } from './exit.js';
import { addGlobalFlags, parseFlags, type RawFlags } from './flags.js';
import type { Io } from './io.js';
import { registry } from './registry.js';
import { version } from './version.js';

/** Runs one command line and answers its exit status; never throws. */
export async function runProgram(argv: readonly string[], io: Io): Promise<number> {
  const state = { exit: Exit.asAsked as number };
  const program = createProgram(io, state);
  try {
    await program.parseAsync(helpAsFlag(argv), { from: 'user' });
  } catch (error) {
    state.exit = report(error, argv, io);
  }
  return mapped(state.exit, argv);
}

export function createProgram(io: Io, state: { exit: number }): Command {
  const program = new Command('millwright')
    .description(
      'Creates machines, brings them to a declared configuration, proves that they got there, and keeps them there.',
    )
    .version(version(), '--version', 'print the version')
    .enablePositionalOptions()
    .exitOverride()
    .helpCommand(false)
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .configureHelp({
      showGlobalOptions: true,
      subcommandTerm: (command) => [command.name(), ...command.aliases()].join(', '),
    })
    .addHelpText('after', '\nmillwright COMMAND --help says more about each, with examples.');
  addGlobalFlags(program, false);
  for (const entry of registry) addCommand(program, entry);
  program.hook('preSubcommand', async (_, sub) => configure(sub, io, state));
  return program;
}

function addCommand(program: Command, entry: CommandEntry): void {
  const command = program
    .command(entry.name, { hidden: entry.hidden })
    .summary(entry.summary)
    .description(`${entry.summary[0]?.toUpperCase()}${entry.summary.slice(1)}.`)
    .helpGroup(entry.group);
  for (const alias of entry.aliases ?? []) command.alias(alias);
  addGlobalFlags(command, true);
}

/** Loads the file of the command that was asked for, and no other. */
async function configure(command: Command, io: Io, state: { exit: number }): Promise<void> {
  const entry = registry.find((one) => one.name === command.name());
  if (entry) (await entry.load()).configure(command, runner(io, state), registry);
}

const runner =
  (io: Io, state: { exit: number }): Runner =>
  <A extends readonly unknown[]>(action: Action<A>) =>
  async (...args: unknown[]) => {
    const command = args.at(-1) as Command;
    const flags = parseFlags(rawFlags(command));
    if (flags.directory !== undefined) enter(flags.directory);
    state.exit = await action(createContext(io, flags), ...(args.slice(0, -1) as unknown as A));
  };

/** The same flag given nearer to the command's end wins. */
function rawFlags(command: Command): RawFlags {
  const chain: Command[] = [];
  for (let one: Command | null = command; one; one = one.parent) chain.unshift(one);
  return Object.assign({}, ...chain.map(given));
}

const given = (command: Command): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(command.opts()).filter(([name]) => command.getOptionValueSource(name) !== 'default'),
  );

function enter(directory: string): void {
  try {
    process.chdir(directory);
  } catch {
    throw new CommanderError(
      Exit.badInput,
      'millwright.directory',
      `-C ${directory}: there is no such directory.`,
    );
  }
}

/** `millwright help up` means `millwright up --help`. */
const helpAsFlag = (argv: readonly string[]): string[] =>
  argv[0] === 'help' ? [...argv.slice(1), '--help'] : [...argv];

function report(error: unknown, argv: readonly string[], io: Io): number {
  if (error instanceof Ended) return error.exit;
  if (error instanceof CommanderError) return reportUsage(error, io);
  const document = errorDocument(error);
  if (wantsJson(argv)) io.out(JSON.stringify(document, null, 2));
  io.err(
    [
      `${document.code}  ${document.message}`,
      ...document.detail.map((line) => `    ${line}`),
      document.remedy,
    ]
      .filter((line) => line !== null)
      .join('\n'),
  );
  return document.exit;
}

/** commander has written its own message by now; ours it has not. */
function reportUsage(error: CommanderError, io: Io): number {
  if (error.code.startsWith('millwright.')) io.err(error.message);
  return error.exitCode === 0 ? Exit.asAsked : Exit.badInput;
}

/** Read from the words themselves: an error may come before flags are parsed. */
const wantsJson = (argv: readonly string[]): boolean =>
  argv.some(
    (word, at) =>
      /^(-o|--output=)jsonl?$/.test(word) ||
      (/^(-o|--output)$/.test(word) && /^jsonl?$/.test(argv[at + 1] ?? '')),
  );

function mapped(exit: number, argv: readonly string[]): number {
  const at = argv.indexOf('--exit-map');
  const text = at >= 0 ? argv[at + 1] : argv.find((word) => word.startsWith('--exit-map='))?.slice(11);
  if (text === undefined) return exit;
  try {
    return parseFlags({ exitMap: text }).exitMap.get(exit) ?? exit;
  } catch {
    return exit;
  }
}
