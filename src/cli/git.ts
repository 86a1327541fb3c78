import { execa } from 'execa';
import type { Commit } from '../report/index.js';

/** The commit a directory stands at and whether files in it differ; null outside of version control. */
export async function commitOf(directory: string): Promise<Commit | null> {
  const log = await git(directory, ['log', '-1', '--format=%H%x00%s%x00%an%x00%aI']);
  if (log === undefined) return null;
  const [id = '', subject = '', author = '', at = ''] = log.trimEnd().split('\0');
  const changes = await git(directory, ['status', '--porcelain', '--', '.']);
  return { id, subject: subject || null, author: author || null, at: utc(at), dirty: changes !== '' };
}

async function git(directory: string, args: readonly string[]): Promise<string | undefined> {
  const { failed, stdout } = await execa('git', ['-C', directory, ...args], { reject: false });
  return failed ? undefined : stdout;
}

const utc = (text: string): string | null =>
  Number.isNaN(Date.parse(text)) ? null : new Date(text).toISOString();
