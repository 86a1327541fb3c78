import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FailureCode, MillwrightError } from '../model/index.js';
import type { ErrorDocument } from '../report/index.js';
import { Exit, exitOfFailure } from './exit.js';
import { version } from './version.js';

/** A mistake on the command line: exit 2, nothing done. */
export const usageError = (
  message: string,
  remedy?: string,
  code: FailureCode = 'MW-USAGE',
): MillwrightError => new MillwrightError({ code, cause: 'change', message, remedy }, false);

/** Policy said no: exit 9, nothing done. */
export const refused = (code: FailureCode, message: string, remedy?: string): MillwrightError =>
  new MillwrightError({ code, cause: 'change', message, remedy }, false);

/** Thrown when what has to be said is said already; only the exit status is left. */
export class Ended extends Error {
  constructor(readonly exit: number) {
    super(`exit ${exit}`);
  }
}

/** What a caught error becomes; an error nobody foresaw is kept in a file to be reported. */
export function errorDocument(error: unknown): ErrorDocument {
  if (error instanceof MillwrightError) return known(error);
  const file = keep(error);
  return {
    schema: 'millwright/error/v1',
    code: 'MW-BUG',
    cause: null,
    message: `Something went wrong that Millwright did not foresee: ${messageOf(error)}`,
    detail: [],
    remedy: `This is a fault of Millwright, not yours. Please report it with what you typed and the file ${file}, which names version, platform and place.`,
    exit: Exit.failed,
  };
}

function known(error: MillwrightError): ErrorDocument {
  const { code, cause, message, detail, remedy } = error.info;
  return {
    schema: 'millwright/error/v1',
    code,
    cause,
    message,
    detail: detail ?? [],
    remedy: remedy ?? null,
    exit: exitOfFailure(code, cause),
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function keep(error: unknown): string {
  const file = join(mkdtempSync(join(tmpdir(), 'millwright-error-')), 'report.txt');
  const stack = error instanceof Error ? stackOf(error) : String(error);
  writeFileSync(
    file,
    `millwright ${version()}, node ${process.version}, ${process.platform} ${process.arch}\n${stack}\n`,
  );
  return file;
}

const stackOf = (error: Error): string =>
  `${error.stack ?? error.message}${error.cause instanceof Error ? `\ncaused by: ${stackOf(error.cause)}` : ''}`;
