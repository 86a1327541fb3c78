import type { AroundStep, Probe } from '../../model/index.js';
import type { WrittenAround, WrittenGroupRollout, WrittenProbe } from '../schema/rollout.js';
import type { ManifestAround, ManifestRollout } from '../types.js';
import { defined } from './resources.js';

const MAX_PARALLEL = 10;
const EVERY_MS = 10_000;
const HTTP_PORT = 80;
const TIMEOUT_MS = 60_000;

export function normaliseRollout(written: WrittenGroupRollout = {}): ManifestRollout {
  const { maxParallel = MAX_PARALLEL, batches, soak, maxFailed, order, surge, watch } = written;
  return {
    maxParallel,
    ...defined({ batches, soakMs: soak, maxFailed, order, surge, watch: watch?.map(normaliseProbe) }),
  };
}

function normaliseProbe(written: WrittenProbe): Probe {
  const { every: everyMs = EVERY_MS, maxFailed = 0 } = written;
  if ('command' in written) {
    return { type: 'command', name: written.command, run: written.run, everyMs, maxFailed };
  }
  const { http, port = HTTP_PORT, status = 200 } = written;
  const name = `http:${port === HTTP_PORT ? '' : `:${port}`}${http}`;
  return { type: 'http', name, http, port, status, everyMs, maxFailed };
}

export const normaliseAround = ({ drain, restore }: WrittenAround): ManifestAround => ({
  drain: step(drain),
  restore: step(restore),
});

const step = (written: WrittenAround['drain']): Omit<AroundStep, 'site'> => ({
  at: written.at,
  run: written.run,
  settleMs: written.settle ?? 0,
  timeoutMs: written.timeout ?? TIMEOUT_MS,
});
