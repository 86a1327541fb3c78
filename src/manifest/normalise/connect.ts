import type { WrittenConnect, WrittenMachine } from '../schema/connect.js';
import type { ManifestConnect, ManifestMachine, ManifestSite } from '../types.js';
import { defined, listOf } from './resources.js';

export function normaliseSite(written: {
  readonly provider: ManifestSite['provider'];
  readonly connect?: WrittenConnect;
}): ManifestSite {
  const { provider, connect } = written;
  return { provider, ...defined({ connect: connect && normaliseConnect(connect) }) };
}

const normaliseConnect = ({ via, ...rest }: WrittenConnect): ManifestConnect =>
  defined({ ...rest, via: via === undefined ? undefined : listOf(via) });

/** Machines that exist already, each with what its site, its group and itself say of the way there: the last wins. */
export function normaliseMachines(
  machines: Readonly<Record<string, WrittenMachine>>,
  site: ManifestConnect = {},
  group: WrittenConnect = {},
): Record<string, ManifestMachine> {
  const around = { ...site, ...normaliseConnect(group) };
  return Object.fromEntries(
    Object.entries(machines).map(([name, { host, port, hostKey = '', vars = {}, labels = {}, ...own }]) => {
      const connect = { ...around, ...normaliseConnect(own.connect ?? {}) };
      return [name, { host, ...defined({ port }), hostKey: hostKey.trim(), vars, labels, connect }];
    }),
  );
}
