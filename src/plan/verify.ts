import type { ManifestCheck } from '../manifest/types.js';
import type { VerifyCheck } from '../model/index.js';
import { resolveEnv } from './resolve.js';
import type { Texts } from './texts.js';

/** A check with nothing left to look up; undefined where `texts` reported a problem. */
export function resolveCheck(check: ManifestCheck, texts: Texts): VerifyCheck | undefined {
  const { from, withinMs } = check;
  const { id, ...kind } = resolveKind(check, texts);
  const place = from === (check.type === 'command' ? 'inside' : 'outside') ? '' : ` from ${from}`;
  const resolved = { from, withinMs, ...kind, id: `${id}${place}` };
  return texts.failed ? undefined : resolved;
}

type Common = 'from' | 'withinMs';
type Kind = VerifyCheck extends infer One ? (One extends VerifyCheck ? Omit<One, Common> : never) : never;

function resolveKind(check: ManifestCheck, texts: Texts): Kind {
  switch (check.type) {
    case 'tcp':
      return { id: `tcp:${check.port}`, type: check.type, port: check.port };
    case 'http': {
      const path = texts.known('http', check.http);
      const port = check.port === 80 ? '' : `:${check.port}`;
      return { id: `http:${port}${path}`, type: check.type, path, port: check.port, status: check.status };
    }
    case 'command': {
      const { type, name, run } = check;
      const as = texts.known('as', check.as);
      return { id: `command:${name}`, type, run, as, env: resolveEnv(check.env, texts) };
    }
  }
}
