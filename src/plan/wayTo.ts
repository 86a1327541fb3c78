import type { Manifest, ManifestMachine } from '../manifest/types.js';
import type { MachineConnection, Target, VerifyCheck } from '../model/index.js';
import { type DeclaredMachine, sortedEntries } from './machines.js';

/** How a machine that exists already is reached, and those that its verification is made from; nothing for others. */
export function wayTo(
  manifest: Manifest,
  { existing }: DeclaredMachine,
  machines: readonly DeclaredMachine[],
  checks: readonly VerifyCheck[],
): Pick<Target, 'connection' | 'peers'> {
  if (!existing) return {};
  const places = new Set(checks.map(({ from }) => from));
  const peers = machines.flatMap((one) =>
    one.existing && places.has(one.name) ? [[one.name, connectionOf(manifest, one.existing)] as const] : [],
  );
  return {
    connection: connectionOf(manifest, existing),
    ...(peers.length > 0 ? { peers: Object.fromEntries(peers) } : {}),
  };
}

function connectionOf(
  manifest: Manifest,
  { host, port, hostKey, connect }: ManifestMachine,
): MachineConnection {
  const { user, become = 'none', password: name, via } = connect;
  const secrets = new Map(sortedEntries(manifest.secrets));
  const ref = name === undefined ? undefined : secrets.get(name);
  return {
    host,
    ...(port === undefined ? {} : { port }),
    ...(user === undefined ? {} : { user }),
    hostKey: hostKey.split(' ').slice(0, 2).join(' '),
    become,
    ...(name === undefined || ref === undefined ? {} : { password: { name, ref } }),
    ...(via === undefined ? {} : { via }),
  };
}
