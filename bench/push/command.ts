import { execa } from 'execa';

export interface Done {
  /** What it printed. */
  readonly said: string;
  /** CPU time of it and of all that it waited for, ms. */
  readonly cpu: number;
}

/** Runs a program to its end; throws with the end of what it printed where it failed. */
export async function run(
  argv: readonly string[],
  options: { readonly env?: Record<string, string>; readonly cwd?: string; readonly input?: string } = {},
): Promise<Done> {
  const { failed, exitCode, stdout, shortMessage } = await execa('sh', ['-c', accounted, 'sh', ...argv], {
    ...options,
    ...(options.input === undefined ? { stdin: 'ignore' } : {}),
    ...{ reject: false, maxBuffer: 64 * 1024 * 1024 },
  });
  const [, said = '', account = ''] = /^([\s\S]*)\n(.*\n.*)$/.exec(String(stdout ?? '')) ?? [];
  if (failed) throw new Error(`${shortMessage} (exit ${exitCode})\n${said.slice(-4000)}`);
  const times = [...account.matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, m, s]) => Number(m) * 60_000 + Number(s) * 1000,
  );
  return { said, cpu: times.reduce((sum, one) => sum + one, 0) };
}

/** `times` says what the shell and its children used, in two lines. */
const accounted = '"$@" 2>&1; code=$?; echo; times; exit $code';

/** What a program prints. */
export const output = async (...argv: Parameters<typeof run>): Promise<string> => (await run(...argv)).said;
