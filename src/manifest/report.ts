import type { Problem } from './types.js';

/** All problems as people read them, and what was not done because of them. `files`: how many were read. */
export function formatProblems(problems: readonly Problem[], files: number): string {
  const count = `${counted(problems.length, 'error')} in ${counted(files, 'file')}.`;
  return `${[...problems.map(formatProblem), count].join('\n')} Nothing was looked at, nothing changed.\n`;
}

/** One problem: place and path, then what was read, the rule and the remedy, indented by four. */
export function formatProblem(problem: Problem): string {
  const { at, path, message, remedy } = problem;
  const head = [`${at.file}:${at.line}:${at.column}`, path].filter((part) => part !== '').join('  ');
  const lines = [message, remedy].filter((text) => text !== undefined).flatMap((text) => text.split('\n'));
  return [head, ...lines.map((line) => `    ${line}`)].join('\n');
}

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
