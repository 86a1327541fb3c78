import { type Draft, problemAt, type Rule } from '../draft.js';
import type { FileResource, LinkResource, Problem } from '../types.js';

/** A file gets its content from one place; a link leads somewhere; what is absent has neither. */
export const filesHaveOneContent: Rule = (draft) =>
  Object.values(draft.manifest.configs).flatMap((config) =>
    config.resources.flatMap((resource) => {
      if (!draft.isSound(resource.path)) return [];
      if (resource.type === 'file') return fileProblems(draft, resource);
      return resource.type === 'link' ? linkProblems(draft, resource) : [];
    }),
  );

function fileProblems(draft: Draft, resource: FileResource): Problem[] {
  const given = (['content', 'source', 'template'] as const).filter((key) => resource[key] !== undefined);
  const attributes = (['owner', 'mode', 'validate'] as const).filter((key) => resource[key] !== undefined);
  const [first, second] = given;
  if (resource.absent) return contradictions(draft, resource.path, [...given, ...attributes]);
  if (second !== undefined)
    return [
      problemAt(
        draft,
        `${resource.path}.${second}`,
        `"${first}" and "${second}" both give the content.`,
        'Keep one.',
      ),
    ];
  if (first !== undefined) return [];
  const remedy = 'Write one of: content, source, template; or absent: true.';
  return [problemAt(draft, resource.path, `Nothing says what ${resource.file} holds.`, remedy)];
}

function linkProblems(draft: Draft, resource: LinkResource): Problem[] {
  if (resource.absent) return contradictions(draft, resource.path, resource.to === undefined ? [] : ['to']);
  if (resource.to !== undefined) return [];
  return [
    problemAt(
      draft,
      resource.path,
      `Nothing says where ${resource.link} leads.`,
      'Write "to", or absent: true.',
    ),
  ];
}

function contradictions(draft: Draft, path: string, keys: readonly string[]): Problem[] {
  return keys.map((key) =>
    problemAt(draft, `${path}.${key}`, `"${key}" contradicts "absent: true".`, 'Remove one.'),
  );
}

/** Paths on a machine are written the one way that identity depends on. */
export const targetPathsAreCanonical: Rule = (draft) =>
  Object.values(draft.manifest.configs).flatMap((config) =>
    config.resources.flatMap((resource) => {
      const path = resource.type === 'file' ? resource.file : resource.type === 'link' ? resource.link : '/';
      if (isCanonical(path)) return [];
      const remedy = `Write "${canonical(path)}".`;
      return [
        problemAt(
          draft,
          `${resource.path}.${resource.type}`,
          `"${path}" is not the shortest way to write this path.`,
          remedy,
        ),
      ];
    }),
  );

export function canonical(path: string): string {
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') kept.pop();
    else if (part !== '' && part !== '.') kept.push(part);
  }
  return `/${kept.join('/')}`;
}

export const isCanonical = (path: string): boolean => path.includes('${{') || canonical(path) === path;
