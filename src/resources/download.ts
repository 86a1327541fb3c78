import type { Step } from '../model/index.js';
import { octalMode, owners } from './owner.js';
import { factKey, makeStep } from './step.js';
import { assertName, assertPath } from './text.js';
import type { ResolvedCommon } from './types.js';

/** What a machine fetches itself: exactly one digest. */
export interface Fetched {
  readonly url: string;
  readonly sha256?: string;
  readonly sha512?: string;
}

export interface ResolvedDownload extends ResolvedCommon, Fetched {
  readonly type: 'download';
  /** Path of the file. */
  readonly download: string;
  readonly owner?: string;
  readonly mode?: string;
}

/** facts: stat and digest. check: as of a file. apply: fetched, proved, renamed over it. undo: pre-image. */
export function compileDownload(resource: ResolvedDownload): Step {
  const { id, download, url, sha256, sha512, owner } = resource;
  assertPath(download, id);
  assertFetched(resource, id);
  if (owner !== undefined) assertName(owner, owners, id);
  const mode = octalMode(resource.mode, id);
  const digest = sha512 === undefined ? 'sha256' : 'sha512';
  return makeStep({
    ...{ resource, undo: 'exact' },
    facts: ['stat', digest].map((kind) => ({ kind, key: download })),
    variables: {
      file_path: download,
      file_key: factKey('stat', download),
      file_parts: '',
      file_owner: owner ?? '',
      file_mode: mode ?? '',
      file_validate: '',
      file_follow: '0',
      file_absent: '0',
      download_url: url,
      download_sha256: sha256 ?? '',
      download_sha512: sha512 ?? '',
    },
    intent: { download, url, sha256, sha512, owner, mode },
  });
}

/** Throws MW-MANIFEST-NAME. */
export function assertFetched({ url, sha256, sha512 }: Fetched, id: string): void {
  assertName(url, /^https?:\/\/[^\s'"<>\\\u0000-\u001f\u007f]+$/, id);
  assertName(`${sha256 ?? ''}${sha512 ?? ''}`, /^(?:[0-9a-f]{64}|[0-9a-f]{128})$/, id);
}
