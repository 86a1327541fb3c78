import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  formatProblem,
  formatProblems,
  type LoadedFleet,
  loadFleet,
  type Problem,
} from '../manifest/index.js';
import type { Context } from './context.js';
import { Ended, usageError } from './errors.js';
import { Exit } from './exit.js';
import { withHostKeys } from './hostKeys.js';

/** Loads the fleet of the working directory, or prints all that is wrong with it and ends with 2. */
export async function loadOrEnd(context: Context): Promise<LoadedFleet> {
  const dir = process.cwd();
  await requireFleet(dir);
  const result = await loadFleet({ dir, environment: context.flags.environment });
  if (!result.ok) return endWithProblems(context, result.problems, result.files);
  for (const warning of result.fleet.warnings) context.say(`warning: ${formatProblem(warning)}`);
  return keyed(context, result.fleet);
}

/** With the host keys that this computer knows where the manifest asks for them, or ends with 2. */
export function keyed(context: Context, fleet: LoadedFleet): LoadedFleet {
  const found = withHostKeys(context, fleet);
  return found.ok ? found.fleet : endWithProblems(context, found.problems, fleet.files?.length ?? 1);
}

async function requireFleet(dir: string): Promise<void> {
  const there = (path: string): Promise<boolean> =>
    access(join(path, 'fleet.yaml')).then(
      () => true,
      () => false,
    );
  if (await there(dir)) return;
  const parent = resolve(dir, '..');
  throw usageError(
    `There is no fleet.yaml in ${dir}.`,
    (await there(parent))
      ? `${parent} has one: millwright -C ${parent} …`
      : 'Go to the folder that has one, name it with -C DIR, or make one: millwright init',
    'MW-FLEET-MISSING',
  );
}

/** Every problem at once: text on standard error, with -o json a document on standard output. */
export function endWithProblems(context: Context, problems: readonly Problem[], files: number): never {
  if (context.flags.output !== 'text') {
    context.emit(
      { schema: 'millwright/validate/v1', ok: false, files, problems: problems.map(problemOf), warnings: [] },
      () => '',
    );
  }
  context.io.err(formatProblems(problems, files));
  throw new Ended(Exit.badInput);
}

export const problemOf = ({ at, path, message, remedy }: Problem) => ({
  file: at.file,
  line: at.line,
  column: at.column,
  path,
  message,
  remedy: remedy ?? null,
});
