import type { WrittenDefaults, WrittenGroup } from '../schema/groups.js';
import type { ManifestGroup, ManifestSite } from '../types.js';
import { normaliseMachines } from './connect.js';
import { defined } from './resources.js';
import { normaliseAround, normaliseRollout } from './rollout.js';

const noSize = { cpus: 0, memory: 0, disk: 0 };

/** A group with every default filled in; what is required and nowhere written stays empty for `groupsAreComplete`. */
export function normaliseGroup(
  written: WrittenGroup,
  defaults: WrittenDefaults,
  sites: Readonly<Record<string, ManifestSite>>,
): ManifestGroup {
  const named = written.machines !== undefined;
  const size = written.size ?? (named ? undefined : defaults.size) ?? noSize;
  const site = written.site ?? defaults.site ?? '';
  const way = Object.hasOwn(sites, site) ? sites[site]?.connect : undefined;
  const machines = written.machines && normaliseMachines(written.machines, way, written.connect);
  return {
    count: machines ? Object.keys(machines).length : (written.count ?? 1),
    ...defined({ machines }),
    site,
    image: written.image ?? (named ? undefined : defaults.image) ?? '',
    size: { cpus: size.cpus, memoryMiB: size.memory, diskMiB: size.disk },
    disks: normaliseDisks(written.disks ?? {}),
    addresses: written.addresses ?? {},
    config: written.config,
    labels: written.labels ?? {},
    vars: written.vars ?? {},
    after: written.after ?? [],
    publish: written.publish ?? [],
    protect: written.protect ?? false,
    onFailure: written.onFailure ?? 'ask',
    rollback: written.rollback ?? ['restore'],
    rollout: normaliseRollout(written.rollout),
    ...(written.around && { around: normaliseAround(written.around) }),
  };
}

function normaliseDisks(disks: NonNullable<WrittenGroup['disks']>): ManifestGroup['disks'] {
  const entries = Object.entries(disks).map(([name, { size, filesystem = 'ext4', mount, keep = false }]) => [
    name,
    { sizeMiB: size, filesystem, mount, keep },
  ]);
  return Object.fromEntries(entries);
}
