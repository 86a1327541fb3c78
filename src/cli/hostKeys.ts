import type { LoadedFleet, ManifestGroup, ManifestMachine, Problem } from '../manifest/types.js';
import { siteSettings } from '../settings.js';
import { hostKeysKnown } from '../ssh/index.js';
import type { Context } from './context.js';
import { who } from './who.js';

/** The fleet with every `hostKey: known_hosts` replaced by what this computer knows; or what it doesn't know. */
export type WithHostKeys =
  | { readonly ok: true; readonly fleet: LoadedFleet }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Read when a plan is made, so that what people agree to names the key. */
export function withHostKeys(context: Pick<Context, 'settings'>, fleet: LoadedFleet): WithHostKeys {
  const { groups } = fleet.manifest;
  if (!Object.values(groups).some(asks)) return { ok: true, fleet };
  const problems: Problem[] = [];
  const resolved = Object.entries(groups).map(([name, group]) => {
    if (!asks(group)) return [name, group] as const;
    const machines = Object.entries(group.machines ?? {}).map(([machine, one]) => {
      if (one.hostKey !== 'known_hosts') return [machine, one] as const;
      const found = knownKey(context, group.site, one);
      if (found.key === undefined)
        problems.push(unknown(fleet, `groups.${name}.machines.${machine}.hostKey`, one, found.files));
      return [machine, { ...one, hostKey: found.key ?? '' }] as const;
    });
    return [name, { ...group, machines: Object.fromEntries(machines) }] as const;
  });
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    fleet: { ...fleet, manifest: { ...fleet.manifest, groups: Object.fromEntries(resolved) } },
  };
}

const asks = ({ machines = {} }: ManifestGroup): boolean =>
  Object.values(machines).some((one) => one.hostKey === 'known_hosts');

function knownKey(
  context: Pick<Context, 'settings'>,
  site: string,
  { host, port, connect }: ManifestMachine,
) {
  const { connect: own } = siteSettings(context.settings(), site);
  const { keys, files } = hostKeysKnown({ ...own, user: connect.user ?? who() }, host, port);
  return { key: keys[0], files };
}

function unknown(
  fleet: LoadedFleet,
  path: string,
  { host, port }: ManifestMachine,
  files: readonly string[],
): Problem {
  const place = port === undefined ? host : `[${host}]:${port}`;
  return {
    at: fleet.where(path) ?? { file: 'fleet.yaml', line: 1, column: 1 },
    path,
    message: `No host key of ${place} is in ${files.join(' or ')}.`,
    remedy: `Log in once by hand (ssh${port === undefined ? '' : ` -p ${port}`} ${host}) and compare the fingerprint, or write the key itself here.`,
  };
}
