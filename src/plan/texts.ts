import { slotPattern } from '../model/index.js';
import type { ExpressionError, Renderer, Scope } from './expression.js';
import type { Problems } from './problems.js';

/** Renders the attributes of one resource or check; problems are collected, and `failed` tells that there were some. */
export class Texts {
  failed = false;
  readonly #path: string;
  readonly #scope: Scope;
  readonly #renderer: Renderer;
  readonly #problems: Problems;

  constructor(path: string, scope: Scope, renderer: Renderer, problems: Problems) {
    this.#path = path;
    this.#scope = scope;
    this.#renderer = renderer;
    this.#problems = problems;
  }

  /** The same for a resource that is one of `each`; undefined: it isn't. */
  about(item: unknown): Texts {
    if (item === undefined) return this;
    return new Texts(this.#path, { ...this.#scope, item }, this.#renderer, this.#problems);
  }

  /** An attribute that must be known when the plan is made. */
  known(attribute: string, text: string): string;
  known(attribute: string, text: string | undefined): string | undefined;
  known(attribute: string, text: string | undefined): string | undefined {
    const rendered = this.late(attribute, text);
    const slot = rendered === undefined ? undefined : [...rendered.matchAll(slotPattern)][0]?.[1];
    if (slot !== undefined) this.problem(attribute, lateHere(attribute, slot));
    return rendered;
  }

  /** An attribute that may hold values known only when the step runs. */
  late(attribute: string, text: string): string;
  late(attribute: string, text: string | undefined): string | undefined;
  late(attribute: string, text: string | undefined): string | undefined {
    if (text === undefined) return undefined;
    return this.#render(text, (error) => this.#problems.inText(this.#pathOf(attribute), text, error));
  }

  /** The content of a template file, whose own lines errors name. */
  file(attribute: string, file: string, text: string): string {
    return this.#render(text, (error) => this.#problems.inFile(file, this.#pathOf(attribute), error));
  }

  problem(attribute: string, why: { message: string; remedy?: string }): void {
    this.failed = true;
    this.#problems.at(this.#pathOf(attribute), why);
  }

  #render(text: string, report: (error: ExpressionError) => void): string {
    const rendered = this.#renderer.render(text, this.#scope);
    if (rendered.ok) return rendered.text;
    this.failed = true;
    for (const error of rendered.errors) report(error);
    return text;
  }

  #pathOf(attribute: string): string {
    return `${this.#path}.${attribute}`;
  }
}

const lateHere = (attribute: string, slot: string) => ({
  message: `${attribute} must be known when the plan is made, but ${slot} is known only when the step runs.`,
  remedy: 'Late values can stand in content, template, env and stdin.',
});
