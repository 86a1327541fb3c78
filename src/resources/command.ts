import { type Step, sha256Hex } from '../model/index.js';
import { contentFunction, exportFunction, flag, makeStep } from './step.js';
import { assertName, assertNoNul, assertPath, quoteWithSlots, slotsIn } from './text.js';
import type { ResolvedCommand } from './types.js';

const variableNames = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** check: creates, once, onlyIf, unless. apply: the program, as its user. No undo: nobody knows what it did. */
export function compileCommand(resource: ResolvedCommand): Step {
  const { run, as, env, stdin, dir, unless, onlyIf, creates, once, always, timeoutMs } = resource;
  validate(resource);
  const slots = slotsIn(stdin, ...Object.values(env));
  const filled = slotsIn(stdin).length > 0 ? contentFunction(stdin as string) : undefined;
  const digest = stdin === undefined ? undefined : sha256Hex(stdin);
  return makeStep({
    ...{ resource, undo: 'none', slots },
    repeatable: [unless, onlyIf, creates].some((guard) => guard !== undefined) || once,
    variables: {
      command_run: run,
      command_as: as ?? '',
      command_dir: dir ?? '',
      command_unless: unless ?? '',
      command_onlyif: onlyIf ?? '',
      command_creates: creates ?? '',
      command_once: flag(once),
      command_always: flag(always),
      command_timeout: String(Math.max(1, Math.ceil(timeoutMs / 1000))),
      command_stdin: filled ? '' : (digest ?? ''),
      command_parts: flag(filled !== undefined),
    },
    extra: [exportFunction('command_env', mapValues(env, quoteWithSlots)), ...(filled ? [filled.shell] : [])],
    files: filled ? filled.files : stdin === undefined ? [] : [stdin],
    intent: { run, as, env, stdin: digest, dir, unless, onlyIf, creates, once, always, timeoutMs },
  });
}

function validate({ id, run, as, env, stdin, dir, unless, onlyIf, creates }: ResolvedCommand): void {
  for (const text of [run, stdin, unless, onlyIf, ...Object.values(env)]) assertNoNul(text, id);
  for (const name of Object.keys(env)) assertName(name, variableNames, id);
  if (as !== undefined) assertName(as, /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, id);
  for (const path of [dir, creates]) if (path !== undefined && path !== '/') assertPath(path, id);
}

const mapValues = (
  record: Readonly<Record<string, string>>,
  change: (value: string) => string,
): Record<string, string> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
