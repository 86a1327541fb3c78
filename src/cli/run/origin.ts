import { type LoadedFleet, loadFleet, resourcesOf } from '../../manifest/index.js';
import type { Change, FailureInfo } from '../../model/index.js';

/**
 * Tells where in the user's files a failed step was written, such as `files/shop.conf:5`: only while the files are those
 * of the change, and only of what the contract is to blame for.
 */
export async function originsOf(
  change: Change,
): Promise<(failure: FailureInfo | undefined) => string | null> {
  const result = await loadFleet({ dir: process.cwd(), environment: change.environment });
  if (!result.ok || result.fleet.revision !== change.revision) return () => null;
  return (failure) => (failure?.cause === 'change' ? originOf(result.fleet, failure) : null);
}

function originOf(fleet: LoadedFleet, { step, detail }: FailureInfo): string | null {
  const { configs, groups } = fleet.manifest;
  const places = Object.values(groups).flatMap(({ config }) => {
    const resource = resourcesOf(configs, config).findLast((one) => one.id === step);
    if (!resource) return [];
    if (resource.type === 'file' && resource.template !== undefined) return [resource.template];
    if (resource.type === 'file' && resource.source !== undefined)
      return [`${resource.source}${lineIn(resource.file, detail)}`];
    const at = fleet.where(resource.path);
    return at ? [`${at.file}:${at.line}`] : [];
  });
  const [first, ...others] = new Set(places);
  return first === undefined || others.length > 0 ? null : first;
}

/** `:5` where a program complained about that line of the file; a copied file has the same lines as its source. */
function lineIn(file: string, detail: readonly string[] = []): string {
  const complaint = detail.find((line) => line.includes(`${file}:`));
  return /^\d+/.exec(complaint?.split(`${file}:`)[1] ?? '')?.[0].replace(/^/, ':') ?? '';
}
