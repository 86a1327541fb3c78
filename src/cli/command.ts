import { type Command, Option } from 'commander';
import type { Context } from './context.js';

/** An action: its arguments as commander parsed them, then its options; the answer is the exit status. */
export type Action<A extends readonly unknown[]> = (context: Context, ...args: A) => Promise<number>;

/** Wraps an action for commander: makes the context from the flags and keeps the exit status. */
export type Runner = <A extends readonly unknown[]>(
  action: Action<A>,
) => (...args: unknown[]) => Promise<void>;

/** What each file of commands/ exports. */
export interface CommandModule {
  /** `all`: every command there is. */
  configure(command: Command, run: Runner, all: readonly CommandEntry[]): void;
}

export interface CommandEntry {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly group: string;
  /** Not listed in the help. */
  readonly hidden?: boolean;
  readonly load: () => Promise<CommandModule>;
}

/** An option that may be given several times: a list, empty unless it is. */
export const several = (flags: string, description: string): Option =>
  new Option(flags, description)
    .argParser((one: string, all: string[]) => [...all, one])
    .default([] as string[], 'none');

/** The examples at the end of a command's help. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
