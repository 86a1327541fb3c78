import { type Command, Option } from 'commander';
import { parseDuration } from '../model/index.js';
import { usageError } from './errors.js';
import { parseExitMap } from './exit.js';

export type Output = 'text' | 'json' | 'jsonl';

/** The flags every command understands, parsed. */
export interface Flags {
  readonly environment: string | undefined;
  readonly output: Output;
  readonly yes: boolean;
  /** False: never prompt. */
  readonly input: boolean;
  readonly wait: boolean;
  readonly timeoutMs: number | undefined;
  readonly directory: string | undefined;
  /** -1 quiet, 0, 1 verbose. */
  readonly verbosity: -1 | 0 | 1;
  readonly profile: string | undefined;
  readonly exitMap: ReadonlyMap<number, number>;
}

/** As commander hands them over. */
export interface RawFlags {
  env?: string;
  output?: string;
  yes?: boolean;
  input?: boolean;
  wait?: boolean;
  timeout?: string;
  directory?: string;
  quiet?: boolean;
  verbose?: boolean;
  profile?: string;
  exitMap?: string;
}

const options = (): Option[] => [
  new Option('-e, --env <environment>', 'environment of the fleet; may be left out for the default one'),
  new Option('-o, --output <format>', 'text (default), json or jsonl'),
  new Option('-y, --yes', 'answer yes to what would be asked'),
  new Option('--no-input', 'never ask; end with 2 and name the flag instead'),
  new Option('--wait', 'wait for people where a command would end with 3'),
  new Option('--timeout <duration>', 'longest time to wait, such as 90s, 20m, 1h30m'),
  new Option('-C, --directory <dir>', 'work as if started in this directory'),
  new Option('-q, --quiet', 'only results and errors'),
  new Option('-v, --verbose', 'more about what happens'),
  new Option('--profile <name>', "profile of Temporal's own configuration file"),
  new Option('--exit-map <list>', 'exit with other codes, such as 8=0,3=0'),
];

/** Understood before and after the command's name; help lists them once, under the program's. */
export function addGlobalFlags(command: Command, hidden: boolean): void {
  for (const option of options()) command.addOption(hidden ? option.hideHelp() : option);
}

export function parseFlags(raw: RawFlags): Flags {
  return {
    environment: raw.env,
    output: parseOutput(raw.output ?? 'text'),
    yes: raw.yes === true,
    input: raw.input !== false,
    wait: raw.wait === true,
    timeoutMs: raw.timeout === undefined ? undefined : parseTimeout(raw.timeout),
    directory: raw.directory,
    verbosity: raw.quiet ? -1 : raw.verbose ? 1 : 0,
    profile: raw.profile,
    exitMap: parseMap(raw.exitMap),
  };
}

function parseOutput(text: string): Output {
  if (text === 'text' || text === 'json' || text === 'jsonl') return text;
  throw usageError(`-o ${text} is no output format.`, 'Write text, json or jsonl.');
}

function parseTimeout(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw usageError(`--timeout ${text} is no duration.`, 'Write a number with its unit: 90s, 20m, 1h30m.');
}

function parseMap(text: string | undefined): ReadonlyMap<number, number> {
  const map = text === undefined ? new Map<number, number>() : parseExitMap(text);
  if (map) return map;
  throw usageError(`--exit-map ${text} is no list of exit codes.`, 'Write pairs from=to, such as 8=0,3=0.');
}

/** What a command to be typed needs to mean this environment: ` -e prod` where it was named, nothing for the default. */
export const environmentFlag = ({ flags }: { readonly flags: Flags }): string =>
  flags.environment === undefined ? '' : ` -e ${flags.environment}`;
