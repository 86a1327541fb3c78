import type { Step } from '../model/index.js';
import { factKey, flag, makeStep } from './step.js';
import { assertName } from './text.js';
import type { ResolvedService } from './types.js';

/** facts: one systemctl show, or the script's status. check: running, enabled. apply: start, stop, enable, disable. */
export function compileService(resource: ResolvedService): Step {
  const { id, service, running, enabled, settleMs } = resource;
  assertName(service, /^[A-Za-z0-9_][A-Za-z0-9_.@:\\-]*$/, id);
  return makeStep({
    ...{ resource, undo: 'best-effort' },
    facts: [{ kind: 'unit', key: service }],
    variables: {
      service_name: service,
      service_key: factKey('unit', service),
      service_running: flag(running),
      service_enabled: flag(enabled),
      service_settle: String(settleMs / 1000),
    },
    intent: { service, running, enabled, settleMs },
  });
}
