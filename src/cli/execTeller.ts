import type { ExecReport } from '../workflows/lookTypes.js';
import type { Context } from './context.js';
import { Exit, worst } from './exit.js';
import type { Stores } from './stores.js';

type Executed = ExecReport['machines'][number];

interface Result {
  readonly machine: string;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly failure: Executed['failure'] | null;
}

/** Tells what machines said, each once and as soon as it is known; as JSON, all of it at the end. */
export class ExecTeller {
  readonly #told = new Set<string>();
  readonly #results = new Map<string, Result>();

  /** `named`: whether lines need the names of their machines. */
  constructor(
    private readonly context: Context,
    private readonly stores: Stores,
    private readonly named: boolean,
  ) {}

  async tell(done: readonly Executed[]): Promise<void> {
    for (const one of done) {
      if (this.#told.has(one.machine)) continue;
      // Before the first wait: what is asked each second may overlap.
      this.#told.add(one.machine);
      const result = await read(this.stores, one);
      this.#results.set(one.machine, result);
      if (this.context.flags.output === 'text') showText(this.context, result, this.named);
    }
  }

  /** The answer is the exit status. */
  end(): number {
    const results = [...this.#results.values()].sort((a, b) =>
      a.machine.localeCompare(b.machine, 'en', { numeric: true }),
    );
    if (this.context.flags.output !== 'text')
      this.context.emit({ schema: 'millwright/exec/v1', machines: results }, () => '');
    return exitOf(results);
  }
}

async function read({ store }: Stores, one: Executed): Promise<Result> {
  const text = async (digest: string | undefined) =>
    digest ? Buffer.from(await store.get(digest)).toString('utf8') : '';
  return {
    machine: one.machine,
    code: one.code ?? null,
    stdout: await text(one.stdout),
    stderr: await text(one.stderr),
    failure: one.failure ?? null,
  };
}

/** One machine's output as it is; several machines' with their names before each line. */
function showText(context: Context, one: Result, named: boolean): void {
  const prefix = (text: string): string =>
    named
      ? text
          .replace(/\n$/, '')
          .split('\n')
          .map((line) => `${one.machine} │ ${line}`)
          .join('\n')
      : text;
  if (one.stdout !== '') context.io.out(prefix(one.stdout));
  if (one.stderr !== '') context.io.err(prefix(one.stderr));
  if (one.failure) context.io.err(`${one.machine}: ${one.failure.code} ${one.failure.message}`);
  else if (one.code !== 0) context.io.err(`${one.machine}: exit ${one.code ?? 'by a signal'}`);
}

const exitOf = (results: readonly Result[]): number =>
  worst(
    results.map((one) => {
      if (one.failure?.cause === 'unreachable' || one.failure?.cause === 'infrastructure')
        return Exit.unreachable;
      return one.code === 0 && !one.failure ? Exit.asAsked : Exit.failed;
    }),
  );
