import type { ManifestCheck } from '../manifest/types.js';
import type { VerifyCheck } from '../model/index.js';
import { resolveEnv } from './resolve.js';
import { suggest } from './suggest.js';
import type { Texts } from './texts.js';

/** A check with nothing left to look up; undefined where `texts` reported a problem. */
export function resolveCheck(
  check: ManifestCheck,
  texts: Texts,
  machines: ReadonlySet<string>,
): VerifyCheck | undefined {
  const resolved = {
    ...resolveKind(check, texts),
    from: fromOf(check, texts, machines),
    withinMs: check.withinMs,
  };
  return texts.failed ? undefined : resolved;
}

type Kind = VerifyCheck extends infer One
  ? One extends VerifyCheck
    ? Omit<One, 'from' | 'withinMs'>
    : never
  : never;

function resolveKind(check: ManifestCheck, texts: Texts): Kind {
  switch (check.type) {
    case 'tcp':
      return { id: `tcp:${check.port}`, type: 'tcp', port: check.port };
    case 'http': {
      const path = texts.known('http', check.http);
      return { id: `http:${path}`, type: 'http', path, port: check.port, status: check.status };
    }
    case 'command':
      return {
        id: `command:${check.name}`,
        type: 'command',
        run: texts.shell('run', check.run),
        as: check.as === undefined ? undefined : texts.known('as', check.as),
        env: resolveEnv(check.env, texts),
      };
  }
}

function fromOf(check: ManifestCheck, texts: Texts, machines: ReadonlySet<string>): string {
  const from = texts.known('from', check.from);
  if (from === 'outside' || from === 'inside' || machines.has(from) || texts.failed) return from;
  texts.problem('from', {
    message: `${from} is neither outside, nor inside, nor a machine of this fleet.`,
    remedy: suggest(from, ['outside', 'inside', ...machines]),
  });
  return from;
}
