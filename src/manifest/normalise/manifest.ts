import { z } from 'zod';
import type { Path } from '../path.js';
import { check } from '../schema/checks.js';
import { data, name } from '../schema/common.js';
import { environment } from '../schema/environments.js';
import { head } from '../schema/fleet.js';
import { defaults, group } from '../schema/groups.js';
import { resource } from '../schema/resources.js';
import { image, network, person, secret, site } from '../schema/sections.js';
import type { Manifest, ManifestConfig, ManifestImage, Vars } from '../types.js';
import { normaliseCheck } from './checks.js';
import { normaliseSite } from './connect.js';
import { normaliseGroup } from './groups.js';
import { normalisePolicy } from './policy.js';
import type { Reader } from './reader.js';
import { defined, normaliseResource } from './resources.js';

/** The manifest as far as it can be read, defaults filled in. It is whole when there were no complaints. */
export function normalise(reader: Reader, environmentName: string): Manifest {
  const section = <T extends z.ZodType>(key: string, schema: T) =>
    reader.named(
      [key],
      (path) => reader.part(schema, path),
      (value) => value,
    );
  const sites = reader.named(['sites'], (path) => reader.part(site, path), normaliseSite);
  const rules = reader.part(environment, ['environments', environmentName])?.rules;
  return {
    version: 1,
    fleet: reader.part(head.fleet, ['fleet']) ?? '',
    uid: reader.part(head.uid, ['uid']) ?? '',
    environment: environmentName,
    rules: { cleanCommit: rules?.cleanCommit ?? true, ...defined({ destroy: rules?.destroy }) },
    people: section('people', person),
    secrets: section('secrets', secret),
    sites,
    images: reader.named(['images'], (path) => reader.part(image, path), normaliseImage),
    networks: section('networks', network),
    vars: readVars(reader, ['vars']),
    configs: reader.named(
      ['configs'],
      (path) => readConfig(reader, path),
      (config) => config,
    ),
    groups: readGroups(reader, sites),
    ...normalisePolicy(reader),
  };
}

function readGroups(reader: Reader, sites: Manifest['sites']): Manifest['groups'] {
  const common = reader.part(defaults, ['defaults']) ?? {};
  return reader.named(
    ['groups'],
    (path) => reader.partOf(group, path),
    (written) => normaliseGroup(written, common, sites),
  );
}

function readConfig(reader: Reader, path: Path): ManifestConfig {
  return {
    include: reader.part(z.array(name), [...path, 'include']) ?? [],
    vars: readVars(reader, [...path, 'vars']),
    resources: reader
      .items(resource, [...path, 'resources'])
      .flatMap((item) => normaliseResource(item.value, item.path)),
    verify: reader.items(check, [...path, 'verify']).map((item) => normaliseCheck(item.value, item.path)),
  };
}

function readVars(reader: Reader, path: Path): Vars {
  return reader.named(
    path,
    (inner) => reader.part(data, inner),
    (read) => read,
  );
}

function normaliseImage(written: z.infer<typeof image>): ManifestImage {
  if (!('build' in written)) return written;
  if (written.build === 'micro') return { build: { micro: true } };
  return { build: { suite: written.build.suite, include: written.build.include ?? [] } };
}
