import type { z } from 'zod';

/**
 * What an attribute's text is: `known` when the plan is made (the default), perhaps `late` (may hold secrets and other
 * late values), `shell` (never rendered, refused if it holds an expression), or a path in the fleet's directory: a file
 * of text taken as it is (`source`), of any bytes (`bytes`) or rendered (`template`), which compile as `content`, or a
 * folder, which compiles as `tree`. Types that name several of them: `text` and `folder` compile under the attribute's name
 * in `contents` and `trees`.
 */
export type AttributeKind =
  | 'known'
  | 'late'
  | 'shell'
  | 'source'
  | 'bytes'
  | 'template'
  | 'tree'
  | 'text'
  | 'folder';

export type Attributes<S extends z.ZodRawShape> = z.output<z.ZodObject<S>>;

/** A type of resource in the manifest: one entry is all that reading, rules and rendering need of it. */
export interface DeclaredType<S extends z.ZodRawShape> {
  /** One sentence for docs/resources.md. */
  readonly summary: string;
  /** The type's own key and its attributes, each with its default. */
  readonly attributes: S;
  readonly kinds?: Readonly<Partial<Record<keyof S & string, AttributeKind>>>;
  /** May cut our own access unless a resource says otherwise. */
  readonly risky?: boolean;
  /** Natural key of the id; undefined: the value of the type's own key. */
  readonly key?: (attributes: Attributes<S>) => string;
  /** Rules across its attributes; expressions in them are still text. */
  readonly problems?: (attributes: Attributes<S>) => readonly AttributeProblem[];
}

export interface AttributeProblem {
  /** Undefined: the resource as a whole. */
  readonly attribute?: string;
  readonly message: string;
  readonly remedy?: string;
}

/** Keeps the types of attributes while an entry is written. */
export const declare = <S extends z.ZodRawShape>(type: DeclaredType<S>): DeclaredType<S> => type;
