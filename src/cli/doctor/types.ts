import type { Context } from '../context.js';

/** What a component's check found, and how to put it right where we can. */
export interface Finding {
  readonly state: 'ok' | 'missing' | 'warning' | 'failed';
  readonly text: string;
  readonly remedy?: string;
  readonly fix?: Fix;
}

export type Fix =
  | { readonly by: 'apt'; readonly packages: readonly string[] }
  | {
      readonly by: 'us';
      /** What is done, for the question: `download Temporal's CLI, 45 MiB, to …`. */
      readonly what: string;
      run(): Promise<void>;
    };

/** One thing this machine needs; looking changes nothing and never throws for what it may find. */
export interface Component {
  readonly name: string;
  inspect(context: Context): Promise<Finding>;
}
