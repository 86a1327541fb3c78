import type { MillwrightError } from '../../model/index.js';
import {
  type EnvironmentRef,
  type InstanceInfo,
  instanceKey,
  type MachineRef,
  machineId,
} from '../../model/index.js';
import { usageError } from '../errors.js';

/** The one VM of that id, key or beginning of either that may be taken over as this machine; others are refused by name. */
export function pickVm(
  all: readonly InstanceInfo[],
  ref: MachineRef,
  id: string,
  site: string,
): InstanceInfo {
  const named = all.filter((one) => isNamed(one.instance, id));
  const [found, ...more] = named.length > 1 ? named.filter((one) => isExactly(one.instance, id)) : named;
  if (more.length > 0 || (!found && named.length > 0)) throw ambiguous(id, named);
  if (!found) throw absent(id, ref, site);
  if (found.machineId === machineId(ref)) return found;
  throw another(found, ref);
}

/** First digits of a VM's folder, as people type them. */
export const keyOf = (instance: string): string => instanceKey(instance);

const isNamed = (instance: string, id: string): boolean =>
  id !== '' && (instance.startsWith(id) || keyOf(instance).startsWith(id));
const isExactly = (instance: string, id: string): boolean => instance === id || keyOf(instance) === id;

const ambiguous = (id: string, named: readonly InstanceInfo[]): MillwrightError =>
  usageError(
    `${id} is the beginning of ${named.length} VMs: ${named.map((one) => keyOf(one.instance)).join(', ')}.`,
    'Type more of it.',
    'MW-ADOPT-AMBIGUOUS',
  );

function absent(id: string, ref: MachineRef, site: string): MillwrightError {
  const [uid, environment] = id.includes('/') ? id.split('/') : [];
  if (uid !== undefined && environment !== undefined && uid !== ref.fleetUid)
    return usageError(
      `${id} is of another fleet (${uid}); this one is ${ref.fleetUid}. Nothing was taken over.`,
      'Only its own fleet can give it up or destroy it.',
      'MW-ADOPT-FOREIGN',
    );
  return usageError(
    `Site ${site} has no VM ${id} of this fleet.`,
    'millwright doctor --sweep lists what is there.',
    'MW-ADOPT-ABSENT',
  );
}

function another({ instance, machineId: theirs }: InstanceInfo, ref: MachineRef): MillwrightError {
  const [, environment = '', machine = ''] = theirs.split('/');
  const what = placeOf(ref, environment, machine);
  return usageError(
    `${keyOf(instance)} is ${what}, not ${ref.machine} of ${ref.environment}. Nothing was taken over.`,
    environment === ref.environment
      ? `Declare ${machine}, then: millwright adopt ${machine} --vm ${keyOf(instance)}`
      : `millwright adopt ${machine} --vm ${keyOf(instance)} -e ${environment}`,
    'MW-ADOPT-OTHER',
  );
}

const placeOf = (ref: EnvironmentRef, environment: string, machine: string): string =>
  environment === ref.environment ? machine : `${machine} of ${environment}`;
