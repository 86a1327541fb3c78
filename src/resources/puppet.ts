import { type Step, sha256Hex } from '../model/index.js';
import { type FolderFile, layFile, layFolder, shownFiles } from './folders.js';
import { quote } from './quote.js';
import { makeStep, shellFunction } from './step.js';
import { assertNoNul } from './text.js';
import type { ResolvedCommon } from './types.js';

export interface ResolvedPuppet extends ResolvedCommon {
  readonly type: 'puppet';
  /** What it does, in words. */
  readonly puppet: string;
  /** Paths as written. */
  readonly manifest: string;
  readonly modules?: string;
  readonly hiera?: string;
  readonly contents: { readonly manifest: string };
  readonly trees: { readonly modules?: readonly FolderFile[]; readonly hiera?: readonly FolderFile[] };
}

/** check: `puppet apply --noop`. apply: `puppet apply`. No undo: nobody knows what its resources did. */
export function compilePuppet(resource: ResolvedPuppet): Step {
  const { id, puppet, manifest, modules, hiera, contents, trees, timeoutMs = 3_600_000 } = resource;
  assertNoNul(contents.manifest, id);
  const laid = [
    layFile(manifest, contents.manifest, id),
    ...layFolder(modules ?? '', trees.modules ?? [], id),
    ...layFolder(hiera ?? '', trees.hiera ?? [], id),
  ];
  return makeStep({
    ...{ resource, undo: 'none' },
    variables: {
      puppet_limit: String(Math.ceil(timeoutMs / 1000)),
      puppet_manifest: manifest,
      puppet_modules: modules ?? '',
      puppet_hiera: hiera ?? '',
    },
    extra: [
      shellFunction('puppet_files', [
        `printf '%s\\n' ${laid.map((one) => quote(`${one.digest} ${one.executable ? 700 : 600} ${one.path}`)).join(' ')}`,
      ]),
    ],
    files: laid.map(({ content }) => content),
    texts: [contents.manifest],
    intent: {
      ...{ name: puppet, path: manifest, manifest: sha256Hex(contents.manifest), modules, hiera },
      files: shownFiles(laid),
    },
  });
}
