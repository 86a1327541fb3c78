import { formatPath, type Path } from '../path.js';
import type { WrittenCheck } from '../schema/checks.js';
import type { ManifestCheck } from '../types.js';
import { defined } from './resources.js';

const WITHIN_MS = 30_000;
const HTTP_PORT = 80;

export function normaliseCheck(written: WrittenCheck, path: Path): ManifestCheck {
  const common = { path: formatPath(path), withinMs: written.within ?? WITHIN_MS };
  if ('tcp' in written) return { ...common, type: 'tcp', from: written.from ?? 'outside', port: written.tcp };
  if ('http' in written) {
    const { http, port = HTTP_PORT, status = 200, from = 'outside' } = written;
    return { ...common, type: 'http', from, http, port, status };
  }
  const { command, run, as, env = {}, from = 'inside' } = written;
  return { ...common, type: 'command', from, name: command, run, env, ...defined({ as }) };
}
