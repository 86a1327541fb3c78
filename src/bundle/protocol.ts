import type { BundleId, Digest, Head, Hold, RunPurpose } from '../model/index.js';

/** State of a target that survives a reboot; run-time state is under `/run/millwright`. */
export const STATE = '/var/lib/millwright';
/** The same for a look at a machine on which nothing of ours is: gone after a reboot. */
export const VOLATILE = '/run/millwright/look';
export const runnerPath = (digest: Digest, state = STATE): string => `${state}/runner/${digest}.sh`;
export const bundlePath = (bytes: Digest, state = STATE): string => `${state}/bundles/${bytes}.tar`;

export type TargetPurpose = Extract<RunPurpose, 'apply' | 'check' | 'verify' | 'rollback'>;

export interface StartInput {
  readonly runner: Digest;
  readonly run: string;
  readonly bundle: BundleId;
  /** Digest of the bundle's tar, checked on the target before anything in it runs. */
  readonly bytes: Digest;
  readonly purpose: TargetPurpose;
  /** What head must be for an apply to be accepted; null: no run was ever accepted. Ignored by check and verify. */
  readonly expect: Head | null;
  /** Instance id: `once` counts per instance. */
  readonly instance: string;
  /** Step ids to restrict the run to; empty or undefined: all. */
  readonly only?: readonly string[];
  /**
   * Of a rollback: whose runs on this machine are taken back before `bundle` is applied, and the digest of the tar that
   * those runs applied.
   */
  readonly undo?: { readonly change: string; readonly bytes: Digest };
  /** Stream the journal after the answer, as `followArgv` does. A check or verify then runs in the foreground. */
  readonly follow?: boolean;
  /**
   * What `status` says, as one more line: `last` when a followed apply or rollback has come to its end; `first` before the
   * answer, which then comes only where the machine was admitted to this bundle and nobody holds it.
   */
  readonly status?: 'first' | 'last';
  /** Of a check: nothing is left on a disk, neither the runner nor the bundle. */
  readonly volatile?: boolean;
}

/** How a target says that our runner isn't there. */
export const lackingAnswer = '{"v":1,"start":"lacking","what":"runner"}';
const boot = `[ -s "$1" ] || { echo '${lackingAnswer}'; exit 12; }; exec sh "$@"`;

const bootArgv = (path: string, ...args: string[]): string[] => [
  'sh',
  '-c',
  boot,
  'millwright',
  path,
  ...args,
];

const runnerArgv = (runner: Digest, ...args: string[]): string[] => bootArgv(runnerPath(runner), ...args);

const anyRunner = `r=$1; [ -s "$r" ] || for r in ${STATE}/runner/*.sh; do :; done
shift; [ -s "$r" ] || { echo '${lackingAnswer}'; exit 12; }; exec sh "$r" "$@"`;

const anyRunnerArgv = (runner: Digest, ...args: string[]): string[] => [
  'sh',
  '-c',
  anyRunner,
  'millwright',
  runnerPath(runner),
  ...args,
];

const headText = (head: Head | null): string =>
  head === null ? 'none' : `${head.generation}:${head.bundle}:${head.run}`;

/** Where what a run needs lies on the target. */
export const placeOf = ({ volatile }: Pick<StartInput, 'volatile'>): string => (volatile ? VOLATILE : STATE);

const placed = (input: StartInput, ...args: string[]): string[] =>
  input.volatile
    ? ['env', `MW_RUNNER_STATE=${VOLATILE}`, ...bootArgv(runnerPath(input.runner, VOLATILE), ...args)]
    : runnerArgv(input.runner, ...args);

/** Slots go to its standard input (`encodeSlots`); the first line of its output is the answer (`parseStart`). */
export const startArgv = (input: StartInput): string[] => placed(input, ...startArguments(input));

const lookOrStatus = `r=$1; [ ! -s "$r" ] || exec sh "$@"; for r in ${STATE}/runner/*.sh; do :; done
[ -s "$r" ] || { echo '${lackingAnswer}'; exit 12; }; exec sh "$r" status`;

/**
 * `startArgv` with status `first`, for a look: what `status` says comes from any runner, if ours was never there. Exits 12
 * without a second line where no runner ever was.
 */
export const lookArgv = (input: StartInput): string[] => [
  ...['sh', '-c', lookOrStatus, 'millwright', runnerPath(input.runner)],
  ...startArguments({ ...input, status: 'first' }),
];

function startArguments(input: StartInput): string[] {
  const only = (input.only ?? []).flatMap((step) => ['--only', step]);
  const undo = input.undo ? ['--undo', input.undo.change, '--undo-bytes', input.undo.bytes] : [];
  const follow = input.follow ? ['--follow'] : [];
  const status = input.status ? ['--status', input.status] : [];
  return [
    'start',
    ...['--expect', headText(input.expect), '--run', input.run, '--bundle', input.bundle],
    ...['--bytes', input.bytes, '--purpose', input.purpose, '--instance', input.instance],
    ...undo,
    ...only,
    ...status,
    ...follow,
  ];
}

/**
 * Streams journal lines with seq ≥ `from` (1 is the first) until run-ended. Exits 0 then, 20 when the run isn't active
 * although it never ended (issue `start` again), 21 when the target doesn't know it.
 */
export const followArgv = (runner: Digest, run: string, from = 1): string[] =>
  runnerArgv(runner, 'follow', '--run', run, '--from', String(from));

/** Tombstones the run, TERMs its step, waits until it has ended (KILL after `graceSeconds`). */
export const cancelArgv = (runner: Digest, run: string, graceSeconds = 30): string[] =>
  runnerArgv(runner, 'cancel', '--run', run, '--grace', String(graceSeconds));

/**
 * Brings the run what came of a step that it left to the site (`encodeAnswer` on standard input); with nothing on it, asks
 * whether the run waits for `token`. Exits 0 if it does, 23 if nobody does any more.
 */
export const siteArgv = (runner: Digest, run: string, token: string): string[] => [
  ...['sh', '-c', eitherRunner, 'millwright', runnerPath(runner), runnerPath(runner, VOLATILE)],
  ...['site', '--run', run, '--token', token],
];

/** The run may be a look that left nothing on a disk. */
const eitherRunner = `r=$1; [ -s "$r" ] || r=$2; shift 2; exec sh "$r" "$@"`;

/** Where modules of that wait's playbook lie on the target while they run; the runner makes and removes it. */
export const siteTemp = (token: string): string => `/run/millwright-ansible/${token}`;

/** Lets the running step finish, then the run ends. Returns at once. */
export const stopArgv = (runner: Digest, run: string): string[] => runnerArgv(runner, 'stop', '--run', run);

/**
 * One JSON line, see `parseStatus`. Any runner will do: what a target was admitted to doesn't change because a newer
 * Millwright has not been there yet.
 */
export const statusArgv = (runner: Digest): string[] => anyRunnerArgv(runner, 'status');

/**
 * Removes everything of Millwright's from the machine; what runs made of it stays. Exits 0, 10 while a run is at work, 12
 * where no runner ever was, 15 where it can't.
 */
export const purgeArgv = (runner: Digest): string[] => anyRunnerArgv(runner, 'purge');

/** One JSON line, see `parseFacts`. A runner of before there were facts does not know the order (exit 64). */
export const factsArgv = (runner: Digest): string[] => runnerArgv(runner, 'facts');

/** The same with the runner on standard input: nothing has to be on the machine, nothing is left. */
export const passingFactsArgv: readonly string[] = ['sh', '-s', 'facts'];

/** Keeps runs off the machine, in the place of an older hold; says nothing. Exits 12 where no runner ever was. */
export const holdArgv = (runner: Digest, { reason, by = '', until }: Hold): string[] => {
  const end = until === undefined ? 'none' : String(Math.floor(Date.parse(until) / 1000));
  return anyRunnerArgv(runner, 'hold', '--until', end, '--by', by, '--', reason);
};

/** Lets runs come again; says nothing, also if nobody held the machine. */
export const releaseArgv = (runner: Digest): string[] => anyRunnerArgv(runner, 'release');

/**
 * Says that the machine can still be reached, after the `armed` line of `step` (its id): to be sent over a connection
 * made since. See `parseConfirm`; exits 0 if the change stays, 23 if it doesn't.
 */
export const confirmArgv = (runner: Digest, run: string, step: string): string[] =>
  runnerArgv(runner, 'confirm', '--run', run, '--step', step);

/** Has the machine keep that bundle as verified. Exits 0 if it does, 10 if it was admitted to another one since. */
export const verifiedArgv = (
  runner: Digest,
  verified: { readonly bundle: BundleId; readonly bytes: Digest; readonly change: string },
): string[] => {
  const { bundle, bytes, change } = verified;
  return runnerArgv(runner, 'verified', '--bundle', bundle, '--bytes', bytes, '--change', change);
};

/** Makes the upload directories if needed and names what must be uploaded, one word a line: see `parseLacking`. */
export const lackingArgv = (runner: Digest, bytes: Digest, state = STATE): string[] => [
  'sh',
  '-c',
  lackingScript,
  'millwright',
  runner,
  bytes,
  state,
];

const lackingScript = `umask 077
cd "$3" 2>/dev/null || { mkdir -p "$3" && cd "$3" || exit 1; }
[ -d runner ] || mkdir runner || exit 1
[ -d bundles ] || mkdir bundles || exit 1
sums=$(sha256sum "runner/$1.sh" "bundles/$2.tar" 2>/dev/null)
case $sums in *"$1  runner/$1.sh"*) ;; *) echo runner ;; esac
case $sums in *"$2  bundles/$2.tar"*) ;; *) echo bundle ;; esac
`;
