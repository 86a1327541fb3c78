import type { Liquid, Template } from 'liquidjs';
import { createEngine, filterNames, limits, tagNames } from './engine.js';
import { LateUse } from './late.js';
import { suggest } from './suggest.js';

/** Names that expressions may use, as plain own properties; late values stand as LateValue. */
export type Scope = Readonly<Record<string, unknown>>;

/** One thing wrong in a text; `line` and `column` count from 1 in that text. */
export interface ExpressionError {
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly remedy?: string;
}

export type Rendered =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly errors: readonly ExpressionError[] };

/** Whether a text needs rendering at all. */
export const hasExpression = (text: string): boolean => text.includes('${{') || text.includes('${%');

/** Renders texts, parsing each one only once however many machines it is rendered for. */
export class Renderer {
  readonly #engine: Liquid;
  readonly #parsed = new Map<string, readonly Template[] | readonly ExpressionError[]>();
  readonly #broken = new Set<unknown>();

  constructor(within = limits) {
    this.#engine = createEngine(within);
  }

  render(text: string, scope: Scope): Rendered {
    if (!hasExpression(text)) return { ok: true, text };
    const parsed = this.#parse(text);
    if (this.#broken.has(parsed)) return { ok: false, errors: parsed as readonly ExpressionError[] };
    try {
      return { ok: true, text: this.#engine.renderSync(parsed as Template[], scope) as string };
    } catch (error) {
      return { ok: false, errors: explainAll(error, scope) };
    }
  }

  #parse(text: string): readonly Template[] | readonly ExpressionError[] {
    const known = this.#parsed.get(text);
    if (known) return known;
    const parsed = this.#tryParse(text);
    this.#parsed.set(text, parsed);
    return parsed;
  }

  #tryParse(text: string): readonly Template[] | readonly ExpressionError[] {
    try {
      return this.#engine.parse(text);
    } catch (error) {
      const errors = explainAll(error, {});
      this.#broken.add(errors);
      return errors;
    }
  }
}

/** What LiquidJS throws, as far as it is used here. */
interface LiquidFailure {
  readonly message: string;
  readonly errors?: readonly LiquidFailure[];
  readonly originalError?: { readonly variableName?: string; readonly message: string };
  readonly token?: { getPosition(): [number, number]; getText(): string };
}

function explainAll(error: unknown, scope: Scope): ExpressionError[] {
  const failure = error as LiquidFailure;
  if (failure.errors) return failure.errors.flatMap((one) => explainAll(one, scope));
  const [line, column] = failure.token?.getPosition() ?? [1, 1];
  return [{ line, column, ...explain(failure, scope) }];
}

type Explanation = Pick<ExpressionError, 'message' | 'remedy'>;

function explain(failure: LiquidFailure, scope: Scope): Explanation {
  const original = failure.originalError;
  if (original instanceof LateUse) {
    return { message: original.message, remedy: `Print it as it is: \${{ ${original.written} }}.` };
  }
  if (original?.variableName !== undefined) return undefinedName(original.variableName, scope);
  const text = (original?.message ?? failure.message).replace(/, line:\d+, col:\d+$/, '');
  return unknownWord(text) ?? { message: `The expression cannot be read: ${text}.` };
}

function unknownWord(text: string): Explanation | undefined {
  const [, filter] = /^undefined filter: (.*)$/.exec(text) ?? [];
  if (filter !== undefined)
    return { message: `There is no filter ${filter}.`, remedy: suggest(filter, filterNames) };
  const [, tag] = /^tag "(.*)" not found$/.exec(text) ?? [];
  if (tag !== undefined) return { message: `There is no tag ${tag}.`, remedy: suggest(tag, tagNames) };
  return undefined;
}

/** `path` ends with the first name that does not exist: what stands before it does. */
function undefinedName(path: string, scope: Scope): Explanation {
  const parts = path.split('.');
  const last = parts.pop() ?? '';
  const holder = parts.reduce<unknown>((value, part) => (isRecord(value) ? value[part] : undefined), scope);
  const prefix = parts.map((part) => `${part}.`).join('');
  const message = `${path} is not defined.`;
  return { message, remedy: isRecord(holder) ? suggest(last, Object.keys(holder), prefix) : undefined };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
