import { type Json, type Step, sha256Hex, slotPattern } from '../model/index.js';
import { type FolderFile, folderOf, layFile, layFolder, shownFiles } from './folders.js';
import { makeStep } from './step.js';
import { assertNoNul } from './text.js';
import type { ResolvedCommon } from './types.js';

export interface ResolvedAnsible extends ResolvedCommon {
  readonly type: 'ansible';
  /** What it does, in words. */
  readonly ansible: string;
  /** Paths as written. */
  readonly playbook: string;
  readonly roles?: string;
  readonly files?: string;
  readonly requirements?: string;
  /** Texts in it may hold slot tokens. */
  readonly vars: Readonly<Record<string, unknown>>;
  readonly contents: { readonly playbook: string; readonly requirements?: string };
  readonly trees: { readonly roles?: readonly FolderFile[]; readonly files?: readonly FolderFile[] };
}

/** How long a playbook may take where the step says nothing, s. */
const hour = 3600;

/**
 * The site carries it out (see runner/site.sh): the machine only waits. check: `--check --diff`. apply: the playbook; it may
 * be run again, which is Ansible's own promise. No undo: nobody knows what its tasks did.
 */
export function compileAnsible(resource: ResolvedAnsible): Step {
  const { id, playbook, roles, contents, trees, vars, timeoutMs = hour * 1000 } = resource;
  const texts = Object.values(contents).filter((one) => one !== undefined);
  for (const text of texts) assertNoNul(text, id);
  const laid = [
    layFile(playbook, contents.playbook, id),
    ...layFolder(roles ?? '', trees.roles ?? [], id),
    ...layFolder(folderOf(playbook), trees.files ?? [], id),
  ];
  const requirements = contents.requirements && sha256Hex(contents.requirements);
  return makeStep({
    ...{ resource, undo: 'none', pushOnly: true, slots: slotsIn(vars) },
    variables: { ansible_limit: String(Math.ceil(timeoutMs / 1000)) },
    files: [...laid.map(({ content }) => content), ...texts],
    texts,
    intent: {
      ...{ name: resource.ansible, path: playbook, playbook: sha256Hex(contents.playbook), roles },
      ...{ files: shownFiles(laid), requirements, vars: vars as Json },
    },
  });
}

/** Names of the slots in texts, however deep they stand. */
function slotsIn(value: unknown): string[] {
  const found = textsIn(value).flatMap((text) =>
    [...text.matchAll(slotPattern)].map((match) => match[1] ?? ''),
  );
  return [...new Set(found)].sort();
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
