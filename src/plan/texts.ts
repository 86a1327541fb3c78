import { slotPattern } from '../model/index.js';
import { type ExpressionError, hasExpression, type Renderer, type Scope } from './expression.js';
import type { Problems } from './problems.js';

/** A text that came from a file of its own, so that errors name its lines. */
export interface FileText {
  readonly file: string;
  readonly text: string;
}

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

  /** An attribute that must be known now. */
  known(attribute: string, text: string): string {
    const rendered = this.late(attribute, text);
    const slot = [...rendered.matchAll(slotPattern)][0]?.[1];
    if (slot !== undefined) this.#refuse(attribute, lateHere(attribute, slot));
    return rendered;
  }

  /** An attribute that may hold values known only when the step runs. */
  late(attribute: string, text: string): string {
    return this.#render(text, (error) => this.#problems.inText(this.#pathOf(attribute), text, error));
  }

  /** The content of a template file. */
  file(attribute: string, { file, text }: FileText): string {
    return this.#render(text, (error) => this.#problems.inFile(file, this.#pathOf(attribute), error));
  }

  /** Shell text, into which nothing is ever pasted. */
  shell(attribute: string, text: string): string {
    if (hasExpression(text)) this.#refuse(attribute, pasted(attribute));
    return text;
  }

  /** Bytes as they are, which must not look like a slot. */
  verbatim(attribute: string, { file, text }: FileText): string {
    if (text.match(slotPattern))
      this.#refuse(attribute, {
        message: `${file} holds a text that only Millwright may write: a slot's token.`,
      });
    return text;
  }

  problem(attribute: string, why: { message: string; remedy?: string }): void {
    this.#refuse(attribute, why);
  }

  #render(text: string, report: (error: ExpressionError) => void): string {
    if (text.match(slotPattern))
      report({
        line: 1,
        column: 1,
        message: "This text holds a slot's token, which only Millwright may write.",
      });
    const rendered = this.#renderer.render(text, this.#scope);
    if (rendered.ok) return rendered.text;
    this.failed = true;
    for (const error of rendered.errors) report(error);
    return text;
  }

  #refuse(attribute: string, why: { message: string; remedy?: string }): void {
    this.failed = true;
    this.#problems.at(this.#pathOf(attribute), why);
  }

  #pathOf(attribute: string): string {
    return `${this.#path}.${attribute}`;
  }
}

const lateHere = (attribute: string, slot: string) => ({
  message: `${attribute} must be known when the plan is made, but ${slot} is known only when the step runs.`,
  remedy: 'Late values can stand in content, template, env and stdin.',
});

const pasted = (attribute: string) => ({
  message: `Nothing is pasted into shell: \${{ }} cannot stand in ${attribute}.`,
  remedy: 'Give the value a name in `env:` and use "$NAME", or send it over `stdin:`.',
});
