import { createHash } from 'node:crypto';
import { noSpace, uploadFailed } from './failures.js';
import type { ExecOptions, ExecResult, SshTarget } from './port.js';

/**
 * $1 path, $2 mode, $3 sha256. Bytes come on standard input. The digest is looked at because a cut connection ends
 * `cat` as if all had arrived.
 */
const script = `
umask 077
t=$1.mw-$$
trap 'rm -f "$t"' 0
trap 'exit 1' 1 2 13 15
cat > "$t" || exit 1
s=$(sha256sum < "$t") || exit 1
[ "\${s%% *}" = "$3" ] || { echo 'the bytes that arrived are not those that were sent' >&2; exit 1; }
chmod "$2" "$t" && { sync "$t" 2> /dev/null || sync; } && mv -f "$t" "$1"
`;

type Exec = (argv: readonly string[], options: ExecOptions) => Promise<ExecResult>;

/** Needs only sh, cat, sha256sum, chmod, sync and mv on the machine: no sftp. */
export async function upload(
  target: SshTarget,
  exec: Exec,
  file: { readonly path: string; readonly bytes: Uint8Array; readonly mode: string },
): Promise<void> {
  const digest = createHash('sha256').update(file.bytes).digest('hex');
  const argv = ['env', 'LC_ALL=C', 'sh', '-c', script, 'sh', file.path, file.mode, digest];
  const { code, stderr } = await exec(argv, { stdin: file.bytes });
  if (code === 0) return;
  if (/No space left on device|Disk quota exceeded/i.test(stderr)) throw noSpace(target, file.path, stderr);
  throw uploadFailed(target, file.path, code, stderr);
}
