import type { TaskState } from '../model/index.js';

/** What the site says of a step that it carried out. */
export interface SiteAnswer {
  readonly state: 'ok' | 'changed' | 'failed';
  readonly code?: string;
  /** Exit status of the program that failed. */
  readonly exit?: number;
  readonly reason: string;
  readonly output?: string;
  readonly tasks: readonly {
    readonly name: string;
    readonly state: TaskState;
    readonly at: string;
    readonly reason: string;
  }[];
}

/** The frame that `site` reads from standard input: fields between tabs, `end` last, so that a cut is noticed. */
export function encodeAnswer({ state, code, exit, reason, output = '', tasks }: SiteAnswer): string {
  const lines = [
    ...tasks.map((one) => fields('task', one.state, one.at, one.name, one.reason)),
    ...output.split('\n').flatMap((line) => (line === '' ? [] : [fields('output', line)])),
    fields('verdict', state, code ?? '', exit === undefined ? '' : String(exit), reason),
  ];
  return `${[...lines, 'end'].join('\n')}\n`;
}

const fields = (word: string, ...values: readonly string[]): string =>
  [word, ...values.map((value) => plain(value) || '-')].join('\t');

/** One line that the target's shell reads as it stands. */
const plain = (value: string): string => value.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim();
