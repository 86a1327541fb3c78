import type { Change } from '../model/index.js';
import type { Approver, Policy } from './types.js';

/** Approvers who may not agree to a change: who started it, and who wrote it, as far as the policy recognises them. */
export function barredFrom(
  { approvers }: Policy,
  { startedBy, author }: Pick<Change, 'startedBy' | 'author'>,
): string[] {
  return Object.entries(approvers)
    .filter(
      ([name, one]) => isUser(name, one, startedBy) || (author !== undefined && wrote(name, one, author)),
    )
    .map(([name]) => name);
}

const isUser = (name: string, { users, emails }: Approver, who: string): boolean =>
  name === who || users.includes(who) || emails.includes(who.toLowerCase());

const wrote = (name: string, one: Approver, author: NonNullable<Change['author']>): boolean =>
  one.emails.includes(author.email.toLowerCase()) || isUser(name, one, author.name);
