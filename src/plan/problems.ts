import type { LoadedFleet, Location, Problem } from '../manifest/types.js';
import type { ExpressionError } from './expression.js';

type Why = Pick<Problem, 'message' | 'remedy'>;

/** Collects every problem of a compile once, however many machines meet it, in the order of the files. */
export class Problems {
  readonly #found = new Map<string, Problem>();
  readonly #fleet: Pick<LoadedFleet, 'where' | 'written'>;

  constructor(fleet: Pick<LoadedFleet, 'where' | 'written'>) {
    this.#fleet = fleet;
  }

  /** A problem with the value at a dotted path of the manifest. */
  at(path: string, why: Why): void {
    this.#add({ at: this.#where(path), path, ...why });
  }

  /** A problem within the text that stands at `path`. */
  inText(path: string, text: string, error: ExpressionError): void {
    const { line, column, ...why } = error;
    this.#add({ at: this.#within(path, text, line, column), path, ...why });
  }

  /** A problem within a file that the manifest names at `path`. */
  inFile(file: string, path: string, error: ExpressionError): void {
    const { line, column, ...why } = error;
    this.#add({ at: { file, line, column }, path, ...why });
  }

  list(): Problem[] {
    return [...this.#found.values()].sort(
      (a, b) => compare(a.at.file, b.at.file) || a.at.line - b.at.line || a.at.column - b.at.column,
    );
  }

  /** A text of several lines is a block, which begins below its `|`, by custom two columns right of its key. */
  #within(path: string, text: string, line: number, column: number): Location {
    const start = this.#where(path);
    if (!text.includes('\n')) return { ...start, column: start.column + column - 1 };
    const key = this.#where(path.slice(0, path.lastIndexOf('.')));
    return { ...start, line: start.line + line, column: key.column + column + 1 };
  }

  #where(path: string): Location {
    return this.#fleet.where(path) ?? { file: 'fleet.yaml', line: 1, column: 1 };
  }

  #add(problem: Problem): void {
    const { at, message } = problem;
    const path = this.#fleet.written?.(problem.path) ?? problem.path;
    this.#found.set(JSON.stringify([at.file, at.line, at.column, path, message]), { ...problem, path });
  }
}

export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
