import { commonText, normalised } from './signatures.js';
import { groupedBy } from './text.js';

/** Machines that fare alike. */
export interface MachineClass<T> {
  readonly machines: readonly string[];
  /** What all of them say; where they differ in names and numbers alone, without these. */
  readonly text: string;
  readonly rank: number;
  readonly first: T;
  readonly members: readonly T[];
}

export interface Described {
  /** Lower is told first. */
  readonly rank: number;
  /** Only machines of the same kind can be of one class, e.g. of the same group. */
  readonly kind: string;
  readonly text: string;
}

/** Classes in the order of their rank, then of their first machine. */
export function classesOf<T extends { readonly machine: string }>(
  all: readonly T[],
  describe: (one: T) => Described,
): MachineClass<T>[] {
  const described = all.map((one) => ({ one, ...describe(one) }));
  return groupedBy(described, (each) =>
    JSON.stringify([each.rank, each.kind, normalised(each.text, each.one.machine)]),
  )
    .flatMap(([, some]) => {
      const [first] = some;
      if (first === undefined) return [];
      const said = some.map(({ one, text }) => ({ machine: one.machine, text }));
      return [
        {
          machines: said.map(({ machine }) => machine),
          text: commonText(said),
          ...{ rank: first.rank, first: first.one, members: some.map(({ one }) => one) },
        },
      ];
    })
    .sort((a, b) => a.rank - b.rank);
}

/** The first lines, and what became of the others in one. */
export function atMost<T>(
  all: readonly T[],
  most: number,
  line: (one: T) => readonly string[],
  rest: (left: readonly T[]) => string,
): string[] {
  const shown = all.length > most ? all.slice(0, most - 1) : all;
  const left = all.slice(shown.length);
  return [...shown.flatMap(line), ...(left.length > 0 ? [rest(left)] : [])];
}
