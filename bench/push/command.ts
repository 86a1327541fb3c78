import { execa } from 'execa';

/** Runs a program to its end; gives back what it printed, throws with the end of it where it failed. */
export async function command(
  argv: readonly string[],
  options: { readonly env?: Record<string, string>; readonly cwd?: string; readonly input?: string } = {},
): Promise<string> {
  const [program = '', ...args] = argv;
  const { failed, exitCode, all, shortMessage } = await execa(program, args, {
    ...options,
    ...(options.input === undefined ? { stdin: 'ignore' } : {}),
    ...{ all: true, reject: false, maxBuffer: 64 * 1024 * 1024 },
  });
  const said = String(all ?? '');
  if (failed) throw new Error(`${shortMessage} (exit ${exitCode})\n${said.slice(-4000)}`);
  return said;
}
