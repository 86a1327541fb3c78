import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, normalize } from 'node:path';
import { type FailureCode, MillwrightError, type SecretRef } from '../model/index.js';
import type { Secrets } from './port.js';
import { allowedProgram, type ProgramLimits, printOf } from './program.js';

const maxBytes = 1024 * 1024;

export interface SecretsOptions {
  readonly site: string;
  /** The site's settings: names of variables, absolute paths of files and of programs. */
  readonly allowed: {
    readonly env: readonly string[];
    readonly files: readonly string[];
    readonly programs?: readonly string[];
  };
  readonly programLimits?: ProgramLimits;
  /** The worker's environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Named in the error that says which line to add. */
  readonly settingsFile: string;
  /** Told about files that everybody may read. */
  readonly warn?: (message: string) => void;
}

/** Resolves references on this worker, only those that the site's settings allow. */
export function createSecrets(options: SecretsOptions): Secrets {
  return {
    resolve(name, ref) {
      if ('env' in ref) return resolveEnv(options, name, ref.env);
      return 'file' in ref ? resolveFile(options, name, ref.file) : resolveExec(options, name, ref.exec);
    },
  };
}

async function resolveExec(options: SecretsOptions, name: string, argv: readonly string[]): Promise<string> {
  const [program = '', ...args] = argv;
  const path = allowedProgram(options.allowed.programs ?? [], program);
  if (path === undefined) throw denied(options, name, { exec: argv });
  const printed = await printOf(path, args, options.env, options.programLimits);
  if (!printed.ok) throw programFailed(options, name, argv, printed.how, printed.said, printed.cause);
  const value = printed.text.replace(/\r?\n$/, '');
  if (value === '') throw programFailed(options, name, argv, 'printed nothing', '');
  return value;
}

function programFailed(
  { site }: SecretsOptions,
  name: string,
  argv: readonly string[],
  how: string,
  said: string,
  cause?: unknown,
) {
  return failure(
    'MW-SECRET-PROGRAM',
    `Secret ${name}: exec:${argv.join(' ')} ${how} at the worker of site ${site}${said === '' ? '' : ` (${said})`}.`,
    "Run it on that worker's host as the user it runs as, with that worker's environment and no terminal.",
    cause,
  );
}

async function resolveEnv(options: SecretsOptions, name: string, variable: string): Promise<string> {
  if (!options.allowed.env.includes(variable)) throw denied(options, name, { env: variable });
  const value = options.env[variable];
  if (value) return value;
  const how = value === undefined ? "isn't set" : 'is empty';
  throw missing(
    name,
    `env:${variable} ${how} in the environment of the worker of site ${options.site}`,
    'Set it where that worker is started (env: is never the environment of your own shell), and start it again.',
  );
}

async function resolveFile(options: SecretsOptions, name: string, written: string): Promise<string> {
  const path = normalize(
    written.startsWith('~/') ? join(options.env.HOME || homedir(), written.slice(2)) : written,
  );
  if (!isAbsolute(path) || !options.allowed.files.map(normalize).includes(path))
    throw denied(options, name, { file: written });
  const real = await realpath(path).catch((error) => {
    throw unreadable(options, name, path, error);
  });
  if (!(await isAllowed(options, real))) throw denied(options, name, { file: written }, real);
  const text = await readSecret(options, name, real);
  return text.replace(/\r?\n$/, '');
}

/** The file itself must be allowed, not just a link to it: whoever may write the link could point it anywhere. */
async function isAllowed({ allowed }: SecretsOptions, real: string): Promise<boolean> {
  const places = allowed.files.map(async (file) =>
    join(await realpath(dirname(file)).catch(() => dirname(file)), basename(file)),
  );
  return (await Promise.all(places)).includes(real);
}

async function readSecret(options: SecretsOptions, name: string, path: string): Promise<string> {
  try {
    // Without O_NONBLOCK a named pipe would hold the worker.
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { mode, size } = await file.stat();
      if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw new Error('it is no regular file');
      if (size > maxBytes) throw new Error(`it has ${size} bytes, more than ${maxBytes}`);
      if ((mode & 0o004) !== 0)
        options.warn?.(`${path} (secret ${name}) is readable by everybody: chmod o-r ${path}`);
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(options, name, path, error as NodeJS.ErrnoException);
  }
}

function denied({ site, settingsFile }: SecretsOptions, name: string, ref: SecretRef, target?: string) {
  const { written, list, entry } = described(ref);
  const link = target === undefined ? '' : `, a link to ${target}`;
  return failure(
    'MW-SECRET-DENIED',
    `Secret ${name} is ${written}${link}, which the settings of site ${site} don't allow.`,
    `Add to ${settingsFile} on the host of its worker:  sites.${site}.secrets.${list}: [${target ?? entry}]`,
  );
}

/** As it is written in messages, and the list of the settings that would allow it. */
function described(ref: SecretRef): { written: string; list: string; entry: string } {
  if ('env' in ref) return { written: `env:${ref.env}`, list: 'env', entry: ref.env };
  if ('file' in ref) return { written: `file:${ref.file}`, list: 'files', entry: ref.file };
  const [program = ''] = ref.exec;
  const entry = program.startsWith('/') ? program : `/usr/bin/${program}`;
  return { written: `exec:${ref.exec.join(' ')}`, list: 'programs', entry };
}

const missing = (name: string, what: string, remedy: string, error?: unknown) =>
  failure('MW-SECRET-MISSING', `Secret ${name}: ${what}.`, remedy, error);

const unreadable = ({ site }: SecretsOptions, name: string, path: string, error: NodeJS.ErrnoException) =>
  missing(
    name,
    `file:${path} can't be read by the worker of site ${site}: ${error.code ?? error.message}`,
    "Put the file on that worker's host, readable by the user it runs as.",
    error,
  );

const failure = (code: FailureCode, message: string, remedy: string, error?: unknown) =>
  new MillwrightError({ code, cause: 'infrastructure', message, remedy }, false, { cause: error });
