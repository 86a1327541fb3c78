import { execa } from 'execa';
import type { Change } from '../model/index.js';
import type { Commit } from '../report/index.js';

/** The commit a directory stands at and whether files in it differ; null outside of version control. */
export async function commitOf(directory: string): Promise<Commit | null> {
  const log = await git(directory, ['log', '-1', '--format=%H%x00%s%x00%an%x00%aI']);
  if (log === undefined) return null;
  const [id = '', subject = '', author = '', at = ''] = log.trimEnd().split('\0');
  const changes = await git(directory, ['status', '--porcelain', '--', '.']);
  return { id, subject: subject || null, author: author || null, at: utc(at), dirty: changes !== '' };
}

/** Who wrote a commit, and whether a good signature of that very person proves it; undefined where git can't tell. */
export async function authorOf(directory: string, { id, dirty }: Commit): Promise<Change['author']> {
  const log = await git(directory, ['log', '-1', '--format=%an%x00%ae%x00%G?%x00%GS', id]);
  const [name = '', email = '', state = '', signer = ''] = (log ?? '').trimEnd().split('\0');
  if (name === '' && email === '') return undefined;
  // A good signature of somebody else's key says nothing about the author, and none covers what isn't committed.
  const own = [email, `<${email}>`].some(
    (one) => email !== '' && isOf(signer.toLowerCase(), one.toLowerCase()),
  );
  return { name, email, verified: state === 'G' && own && !dirty };
}

/** The principal of an SSH key is the address itself, the user of a PGP key ends with it in brackets. */
const isOf = (signer: string, address: string): boolean =>
  signer === address || (address.startsWith('<') && signer.endsWith(address));

async function git(directory: string, args: readonly string[]): Promise<string | undefined> {
  const { failed, stdout } = await execa('git', ['-C', directory, ...args], { reject: false });
  return failed ? undefined : stdout;
}

const utc = (text: string): string | null =>
  Number.isNaN(Date.parse(text)) ? null : new Date(text).toISOString();
