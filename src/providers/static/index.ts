import {
  existingShape,
  type Found,
  type InstanceInfo,
  MillwrightError,
  machineId,
  shapeDigest,
} from '../../model/index.js';
import type { Declared, Provider } from '../port.js';

/**
 * Machines that exist already. It keeps nothing: where a machine is stands in its Target document, and which instance it
 * is in the record, so that any worker of the site may serve it. It makes, powers and removes nothing.
 */
export function createStaticProvider(site: string): Provider {
  const refuse = (what: string) => (): never => {
    throw refused(site, what);
  };
  return {
    name: 'static',
    find: async (ref, declared) => found(machineId(ref), declared),
    create: async ({ ref, instance, connection, protect }) => {
      if (connection === undefined) throw undeclared(machineId(ref));
      return instanceOf(machineId(ref), { instance, connection, protect });
    },
    start: refuse('power on'),
    stop: refuse('power off'),
    reset: refuse('reset'),
    // It goes on as it is: only our record of it ends.
    destroy: async () => ({ existed: true, left: true, keptDisks: [] }),
    // The stamp of a machine that nobody here could remove lives in the record alone.
    protect: async () => undefined,
    reach: refuse('reach without its document'),
    takeSnapshot: refuse('snapshot'),
    loadSnapshot: refuse('snapshot'),
    // None is ever taken, so there is none to delete or to list.
    deleteSnapshot: async () => undefined,
    snapshots: async () => [],
    reshape: refuse('reshape'),
    strangers: async () => [],
    list: async () => [],
    console: async () => '',
  };
}

/** It is there: nobody here could make it, so nobody here can find it gone. */
function found(machine: string, declared: Declared | undefined): Found {
  if (declared?.connection === undefined)
    return { state: 'unknown', reason: 'this document does not say where it is' };
  const { instance, connection, protect } = declared;
  return { state: 'present', instance: instanceOf(machine, { instance, connection, protect }) };
}

const instanceOf = (
  machine: string,
  { instance, connection, protect }: Declared & Required<Pick<Declared, 'connection'>>,
): InstanceInfo => ({
  ...{ instance, machineId: machine, power: 'on', protect },
  hostKey: connection.hostKey,
  addresses: { host: connection.host },
  ...{ published: {}, keptDisks: [], shape: shapeDigest(existingShape), connection },
});

const refused = (site: string, what: string): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-STATIC-REFUSED',
      cause: 'change',
      message: `Site ${site} can't ${what} a machine: its machines exist already, and their power, disks and consoles are others' business.`,
      remedy: 'Do it where the machine is made: its hypervisor, its cloud, its management board.',
    },
    false,
  );

const undeclared = (machine: string): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-SITE-MISROUTED',
      cause: 'infrastructure',
      message: `${machine} is of a site whose machines exist already, but its document does not say where it is`,
    },
    false,
  );
