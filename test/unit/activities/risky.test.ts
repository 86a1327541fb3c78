import { beforeEach, expect, it } from 'vitest';
import { type JournalLine, MillwrightError, runId } from '../../../src/model/index.js';
import type { ExecOptions, ExecResult, SessionOptions, SshSession } from '../../../src/ssh/port.js';
import { Bench, codeOf, type Stored } from './site.js';

const step = 'file:/etc/ssh/sshd_config';
const run = runId('01A', 'web-1', 'apply', 1);
const line = (seq: number, state: JournalLine['state'], more: Partial<JournalLine> = {}): string =>
  JSON.stringify({ v: 1, run, seq, bootId: 'b', uptime: seq, state, ...more });
const armed = [
  line(1, 'run-started'),
  line(2, 'started', { step }),
  line(3, 'armed', { step, withinSeconds: 60 }),
];
const undone = [
  ...armed,
  line(4, 'undone', { step }),
  line(5, 'failed', { step, code: 'MW-STEP-UNCONFIRMED', reason: 'nobody could log in any more' }),
  line(6, 'run-ended', { reason: 'failed' }),
];
const confirmed = [
  ...armed,
  line(4, 'confirmed', { step }),
  line(5, 'changed', { step }),
  line(6, 'run-ended', { reason: 'ok' }),
];

const ok = (stdout = ''): ExecResult => ({ code: 0, stdout, stderr: '' });
const failure = (code: `MW-${string}`, cause: 'unreachable' | 'machine') =>
  new MillwrightError({ code, cause, message: code }, cause === 'unreachable');
const status = JSON.stringify({
  ...{ v: 1, head: null, active: null, debts: [], hold: null, bootId: 'b', uptime: 1 },
});

let bench: Bench;
let stored: Stored;
beforeEach(async () => {
  bench = new Bench();
  stored = await bench.store('1', [step]);
  const task = await bench.task('01A', stored);
  await bench.run(() => bench.activities.vm.createInstance(task));
});

/** Each pooled connection is answered by the next one of these; `fresh` ones by `confirm`. */
async function provisioned(
  pooled: readonly ((options: ExecOptions) => void)[],
  confirm: () => Promise<ExecResult>,
) {
  const task = await bench.task('01A', stored);
  const starts = [...pooled];
  let confirms = 0;
  const exec = async (
    argv: readonly string[],
    options: ExecOptions,
    { fresh = false }: SessionOptions,
  ): Promise<ExecResult> => {
    if (argv.includes('status')) return ok(status);
    if (argv.includes('confirm')) {
      expect(fresh).toBe(true);
      confirms += 1;
      return confirm();
    }
    starts.shift()?.(options);
    return ok('{"v":1,"start":"accepted","head":null}');
  };
  const session = (how: SessionOptions): SshSession => ({
    banner: 'SSH-2.0-Test',
    exec: (argv, options = {}) => exec(argv, options, how),
    upload: async () => undefined,
  });
  const withSession = async (
    _: unknown,
    use: (one: SshSession) => Promise<unknown>,
    how: SessionOptions = {},
  ) => use(session(how));
  Object.assign(bench.deps, { ssh: { ...bench.deps.ssh, withSession } });
  const result = bench.run(() => bench.activities.push.provision({ ...task, run, expect: null }));
  return { result, confirms: () => confirms };
}

const streams =
  (lines: readonly string[], end?: Error) =>
  ({ onLine }: ExecOptions): void => {
    for (const text of ['{"v":1,"start":"accepted","head":null}', ...lines]) onLine?.(text);
    if (end !== undefined) throw end;
  };
const refuses = (error: Error) => (): void => {
  throw error;
};

it('a step that locks us out is waited for until the target has undone it, whatever the login fails with', async () => {
  const pooled = [
    streams(armed, failure('MW-SSH-CLOSED', 'unreachable')),
    refuses(failure('MW-SSH-AUTH', 'machine')),
    refuses(failure('MW-SSH-REFUSED', 'unreachable')),
    streams(undone),
  ];
  const { result, confirms } = await provisioned(pooled, async () => {
    throw failure('MW-SSH-AUTH', 'machine');
  });
  expect((await result).failure).toMatchObject({ code: 'MW-STEP-UNCONFIRMED', step });
  expect(confirms()).toBeGreaterThan(1);
});

it('a step that leaves the way in open is confirmed while its run is followed', async () => {
  const { result, confirms } = await provisioned(
    [streams(armed, failure('MW-SSH-CLOSED', 'unreachable')), streams(confirmed)],
    async () => ok(),
  );
  expect((await result).failure).toBeUndefined();
  expect(confirms()).toBe(1);
});

it('a login that is refused without any risky step ends the attempt at once', async () => {
  const { result } = await provisioned([refuses(failure('MW-SSH-AUTH', 'machine'))], async () => ok());
  expect(await codeOf(result)).toBe('MW-SSH-AUTH');
});

it('a login that is refused after the run began leaves it unknown whether the run goes on', async () => {
  const cut = streams(armed.slice(0, 2), failure('MW-SSH-CLOSED', 'unreachable'));
  const { result } = await provisioned([cut, refuses(failure('MW-SSH-AUTH', 'machine'))], async () => ok());
  expect(await codeOf(result)).toBe('MW-RUN-UNKNOWN');
});
