import { type FactName, factKind, factNames } from './facts.js';

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** A `when`: facts of a machine compared with values, joined by `and`, `or`, `not`. */
export type Condition =
  | { readonly kind: 'is'; readonly fact: FactName; readonly by: Comparison; readonly value: string | number }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] };

/** What is wrong with a condition. `near` is the word that was meant to be one of `words`. */
export interface ConditionProblem {
  readonly message: string;
  /** What to write instead. */
  readonly write?: string;
  readonly near?: string;
  readonly words?: readonly string[];
}

export type ParsedCondition =
  | { readonly ok: true; readonly condition: Condition }
  | { readonly ok: false; readonly problem: ConditionProblem };

class Unreadable extends Error {
  constructor(readonly problem: ConditionProblem) {
    super(problem.message);
  }
}

const MOST_TOKENS = 400;
const tokens =
  /\s*(?:("(?:[^"\\\n]|\\.)*"|'[^'\n]*')|([A-Za-z][A-Za-z0-9_.]*)|([0-9]+(?:MiB|GiB|TiB)?)(?![\w.])|(==|!=|<=|>=|<|>|[()])|(\S+))/gy;

/** `or` binds weakest, then `and`, then `not`. Whatever the text is, this returns. */
export function parseCondition(text: string): ParsedCondition {
  try {
    const words = [...text.trim().matchAll(tokens)].map((match) => match[0].trim());
    if (words.length > MOST_TOKENS) throw new Unreadable({ message: 'This condition is too long.' });
    const reader = new ConditionReader(words);
    return { ok: true, condition: reader.all() };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { ok: false, problem: error.problem };
  }
}

/** Facts that a condition looks at, in the order of the list of facts. */
export function factsOf(condition: Condition): FactName[] {
  const used = new Set<FactName>();
  const visit = (one: Condition): void => {
    if (one.kind === 'is') used.add(one.fact);
    else if (one.kind === 'not') visit(one.of);
    else one.of.forEach(visit);
  };
  visit(condition);
  return factNames.filter((name) => used.has(name));
}

class ConditionReader {
  #at = 0;
  constructor(private readonly words: readonly string[]) {}

  all(): Condition {
    if (this.words.length === 0) throw new Unreadable({ message: 'The condition is empty.' });
    const condition = this.#joined('or');
    if (this.#next === undefined) return condition;
    const joins = ['and', 'or'];
    throw new Unreadable({
      message: `"${this.#next}" stands where the condition should go on with and, or, or end.`,
      ...{ near: this.#next, words: joins },
    });
  }

  get #next(): string | undefined {
    return this.words[this.#at];
  }

  #take(): string | undefined {
    return this.words[this.#at++];
  }

  #joined(by: 'or' | 'and'): Condition {
    const part = () => (by === 'or' ? this.#joined('and') : this.#negated());
    const of = [part()];
    while (this.#next === by) {
      this.#at++;
      of.push(part());
    }
    return of.length === 1 ? (of[0] as Condition) : { kind: by, of };
  }

  #negated(): Condition {
    if (this.#next === 'not') {
      this.#at++;
      return { kind: 'not', of: this.#negated() };
    }
    if (this.#next !== '(') return this.#comparison();
    this.#at++;
    const inner = this.#joined('or');
    if (this.#take() !== ')') throw new Unreadable({ message: 'A parenthesis is never closed.' });
    return inner;
  }

  #comparison(): Condition {
    const name = this.#take();
    if (name === undefined)
      throw new Unreadable({ message: 'The condition ends where a fact should stand.' });
    const fact = factNames.find((one) => one === name);
    if (fact === undefined)
      throw new Unreadable({
        message: `"${name}" is no fact of a machine.`,
        ...{ near: name, words: factNames },
      });
    return { kind: 'is', fact, by: this.#operator(fact), value: this.#value(fact) };
  }

  #operator(fact: FactName): Comparison {
    const by = this.#take() ?? '';
    const known = factKind(fact).number ? ['==', '!=', '<', '<=', '>', '>='] : ['==', '!='];
    if (known.includes(by)) return by as Comparison;
    const found = by === '' ? 'nothing' : `"${by}"`;
    throw new Unreadable({
      message: `After ${fact} stands ${found}: it is compared by ${known.join(' ')}.`,
      write: by === '=' ? 'Write ==.' : `Write ${fact} == ${factKind(fact).number ? '1' : '"…"'}.`,
    });
  }

  #value(fact: FactName): string | number {
    const word = this.#take();
    const { number, values, also } = factKind(fact);
    if (number) return numberOf(fact, word);
    if (word === undefined || !/^(?:"(?:[^"\\]|\\.)*"|'[^']*')$/.test(word))
      throw new Unreadable({
        message: `${fact} is compared with text in quotes, not with ${word ?? 'nothing'}.`,
        ...(word === undefined ? {} : { write: `Write "${word.replace(/["']/g, '')}".` }),
      });
    const value = word.startsWith("'") ? word.slice(1, -1) : word.slice(1, -1).replace(/\\(.)/g, '$1');
    const meant = also?.[value];
    if (meant !== undefined)
      throw new Unreadable({ message: `${fact} is never "${value}".`, write: `Write "${meant}".` });
    if (values === undefined || values.includes(value)) return value;
    throw new Unreadable({ message: `${fact} is never "${value}".`, near: value, words: values });
  }
}

const mebibytes: Readonly<Record<string, number>> = { MiB: 1, GiB: 1024, TiB: 1024 * 1024 };

function numberOf(fact: FactName, word: string | undefined): number {
  const [, digits, unit] = /^([0-9]{1,9})(MiB|GiB|TiB)?$/.exec(word ?? '') ?? [];
  if (digits !== undefined && (fact === 'memory' || unit === undefined))
    return Number(digits) * (mebibytes[unit ?? 'MiB'] ?? 1);
  const example = fact === 'memory' ? '2GiB' : '2';
  throw new Unreadable({
    message: `${fact} is compared with a number, not with ${word ?? 'nothing'}.`,
    write: `Write for instance ${fact} >= ${example}.`,
  });
}
