import type { Freeze, Reconcile, Window } from '../../model/index.js';
import { formatPath, type Path } from '../path.js';
import {
  freeze,
  gate,
  reconcile,
  type WrittenFreeze,
  type WrittenGate,
  type WrittenReconcile,
  type WrittenWindow,
  window,
} from '../schema/policy.js';
import { fleetRollout } from '../schema/rollout.js';
import type { Manifest, ManifestGate } from '../types.js';
import type { Reader } from './reader.js';
import { defined } from './resources.js';

type Policy = Pick<Manifest, 'maxFailed' | 'gates' | 'windows' | 'freezes' | 'reconcile'>;

/** When and with whose consent changes run; what isn't declared is absent. */
export function normalisePolicy(reader: Reader): Policy {
  const sweep = reader.part(reconcile, ['reconcile']);
  const some = <T>(list: T[]): T[] | undefined => (list.length > 0 ? list : undefined);
  return defined({
    maxFailed: reader.partOf(fleetRollout, ['rollout'])?.maxFailed,
    gates: some(reader.items(gate, ['gates']).map(({ value, path }) => normaliseGate(value, path))),
    windows: some(reader.items(window, ['windows']).map(({ value }) => normaliseWindow(value))),
    freezes: some(reader.items(freeze, ['freezes']).map(({ value }) => normaliseFreeze(value))),
    reconcile: sweep && normaliseReconcile(sweep),
  });
}

function normaliseGate(written: WrittenGate, path: Path): ManifestGate {
  const {
    approvals = 1,
    from = [],
    timeout,
    onTimeout = 'stop',
    unsigned = false,
    external = false,
  } = written;
  const place =
    'before' in written ? { before: written.before } : { after: written.after, group: written.group };
  const answered = { approvals, from: [...new Set(from)].sort(), onTimeout, unsigned, external };
  return { path: formatPath(path), ...defined({ ...place, timeoutMs: timeout }), ...answered };
}

const normaliseWindow = ({ days, from, to, zone, startBy, atClose = 'pause' }: WrittenWindow): Window => ({
  ...{ days, from, to, zone, atClose },
  ...defined({ startBy }),
});

const normaliseFreeze = ({ atStart = 'pause', ...rest }: WrittenFreeze): Freeze => ({ ...rest, atStart });

const normaliseReconcile = ({ every, mode = 'report', maxMachines = 5 }: WrittenReconcile): Reconcile => ({
  everyMs: every,
  ...{ mode, maxMachines },
});
