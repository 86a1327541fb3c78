import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadFleet } from '../manifest/index.js';
import type { EnvironmentRef } from '../model/index.js';
import type { Context } from './context.js';
import { loadOrEnd } from './fleet.js';

/**
 * Which environment of which fleet is meant. Looking, stopping and reaching must work while the manifest is broken: then
 * its first lines and -e are enough.
 */
export async function identify(context: Context): Promise<EnvironmentRef> {
  const { environment } = context.flags;
  const result = await loadFleet({ dir: process.cwd(), environment });
  if (result.ok) {
    const { fleet, uid, environment: name } = result.fleet.manifest;
    return { fleet, fleetUid: uid, environment: name };
  }
  const text = await readFile(join(process.cwd(), 'fleet.yaml'), 'utf8').catch(() => '');
  const fleet = /^fleet:\s*["']?([a-z0-9-]+)/m.exec(text)?.[1];
  const fleetUid = /^uid:\s*["']?([0-9A-HJKMNP-TV-Z]{26})\b/m.exec(text)?.[1];
  if (fleet === undefined || fleetUid === undefined || environment === undefined) {
    const loaded = await loadOrEnd(context);
    return {
      fleet: loaded.manifest.fleet,
      fleetUid: loaded.manifest.uid,
      environment: loaded.manifest.environment,
    };
  }
  context.say(
    `warning: the manifest has ${result.problems.length} errors (millwright validate); going on with ${fleet}/${environment}`,
  );
  return { fleet, fleetUid, environment };
}
