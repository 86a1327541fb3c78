import { type Step, sha256Hex } from '../model/index.js';
import { assertFetched, type Fetched } from './download.js';
import { owners } from './owner.js';
import { factKey, makeStep } from './step.js';
import { assertName, assertPath, refuse } from './text.js';
import type { ResolvedCommon } from './types.js';

const formats = ['tar', 'tar.gz', 'tar.xz', 'tar.zst', 'zip'] as const;

export interface ResolvedArchive extends ResolvedCommon, Partial<Fetched> {
  readonly type: 'archive';
  /** Directory that it is unpacked into. */
  readonly archive: string;
  /** The archive itself; undefined: `url` gives it. */
  readonly content?: string | Uint8Array;
  /** Undefined: what the URL's name ends with, or what the content begins with. */
  readonly format?: (typeof formats)[number];
  readonly strip: number;
  readonly owner?: string;
}

/** facts: stat. check: what was unpacked last, and that it is all there. apply: staged, proved, placed. undo: pre-images. */
export function compileArchive(resource: ResolvedArchive): Step {
  const { id, archive, content, url, sha256, sha512, strip, owner } = resource;
  assertPath(archive, id);
  if (owner !== undefined) assertName(owner, owners, id);
  if (url !== undefined) assertFetched({ url, sha256, sha512 }, id);
  const format = formatOf(resource);
  const digest = content === undefined ? undefined : sha256Hex(content);
  const mark = [digest ?? sha256 ?? sha512, format, strip, owner ?? 'root'].join(' ');
  return makeStep({
    ...{ resource, undo: 'exact' },
    facts: [{ kind: 'stat', key: archive }],
    variables: {
      archive_path: archive,
      archive_key: factKey('stat', archive),
      archive_sha: digest ?? '',
      archive_url: url ?? '',
      archive_sha256: sha256 ?? '',
      archive_sha512: sha512 ?? '',
      archive_format: format,
      archive_strip: String(strip),
      archive_owner: owner ?? '',
      archive_mark: mark,
    },
    files: content === undefined ? [] : [content],
    intent: {
      ...{ archive, content: digest, bytes: content?.length, url, sha256, sha512 },
      ...{ format, strip, owner },
    },
  });
}

const endings: readonly (readonly [RegExp, (typeof formats)[number]])[] = [
  [/\.(?:tar\.gz|tgz)$/, 'tar.gz'],
  [/\.(?:tar\.xz|txz)$/, 'tar.xz'],
  [/\.(?:tar\.zst|tzst)$/, 'tar.zst'],
  [/\.tar$/, 'tar'],
  [/\.zip$/, 'zip'],
];

const magics: readonly (readonly [string, (typeof formats)[number]])[] = [
  ['1f8b', 'tar.gz'],
  ['fd377a585a00', 'tar.xz'],
  ['28b52ffd', 'tar.zst'],
  ['504b0304', 'zip'],
];

function formatOf({ id, format, content, url = '' }: ResolvedArchive): (typeof formats)[number] {
  if (format !== undefined) return format;
  if (content !== undefined) {
    const head = Buffer.from(content).subarray(0, 8).toString('hex');
    return magics.find(([magic]) => head.startsWith(magic))?.[1] ?? 'tar';
  }
  const path = url.replace(/[?#].*$/, '');
  const found = endings.find(([ending]) => ending.test(path))?.[1];
  return (
    found ?? refuse('MW-MANIFEST-NAME', id, `${JSON.stringify(url)} does not say its format: write "format"`)
  );
}
