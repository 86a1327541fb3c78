import { createInterface } from 'node:readline/promises';
import picocolors from 'picocolors';
import { type Paint, plain, visible } from '../report/index.js';
import { environment, loadSettings, type Settings } from '../settings.js';
import { usageError } from './errors.js';
import type { Flags } from './flags.js';
import type { Io } from './io.js';

/** What a command is given: flags, streams, colours and settings; its answer is an exit status. */
export interface Context {
  readonly io: Io;
  readonly flags: Flags;
  /** For what goes to standard output. */
  readonly paint: Paint;
  /** Settings, read on first use: `version` needs none. */
  settings(): Settings;
  /** Narration, on standard error; silent under -q. */
  say(text: string): void;
  /** Result of the command: JSON when asked for, else the text. */
  emit(document: object, text: () => string): void;
  /** Asks for yes; refuses with exit 2 where nobody can answer. */
  confirm(question: string): Promise<boolean>;
  /** Asks for a word to be typed. */
  ask(question: string, flag: string): Promise<string>;
}

export function createContext(io: Io, flags: Flags): Context {
  let settings: Settings | undefined;
  return {
    io,
    flags,
    paint: coloured(io.outIsTerminal) ? picocolors.createColors(true) : plain,
    settings: () => {
      settings ??= loadSettings();
      return settings;
    },
    say: (text) => {
      if (flags.verbosity >= 0) io.err(visible(text));
    },
    emit: (document, text) => {
      io.out(
        flags.output === 'text'
          ? visible(text())
          : JSON.stringify(document, null, flags.output === 'json' ? 2 : 0),
      );
    },
    confirm: async (question) => {
      if (flags.yes) return true;
      const answer = await prompt(io, flags, `${question} [y/N] `, '--yes');
      return /^y(es)?$/i.test(answer.trim());
    },
    ask: (question, flag) => prompt(io, flags, question, flag),
  };
}

/** NO_COLOR and a dumb terminal win over everything. */
function coloured(terminal: boolean): boolean {
  const { NO_COLOR, TERM } = environment();
  return terminal && !NO_COLOR && TERM !== 'dumb';
}

async function prompt(io: Io, flags: Flags, question: string, flag: string): Promise<string> {
  if (!io.interactive || !flags.input) {
    throw usageError(`Nobody can be asked here: ${question.trim()}`, `Say ${flag} to answer beforehand.`);
  }
  const reader = createInterface({ input: io.stdin, output: io.stderr });
  try {
    return await reader.question(question);
  } finally {
    reader.close();
  }
}
