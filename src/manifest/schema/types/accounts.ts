import { z } from 'zod';
import { form, oneOrMore, text, whole } from '../common.js';
import { type AttributeProblem, declare } from '../declare.js';
import { publicKeyName, publicKeyProblem } from './publicKey.js';

const account = form(
  /^[a-z_][a-z0-9_-]{0,31}$/,
  'a name of at most 32 lower-case letters, digits, _ and -, which starts with no digit',
);
const absent = (what: string) => z.boolean().default(false).describe(what);
const runAs = form(
  /^(?:ALL|[A-Za-z_][A-Za-z0-9_.-]*)(?::(?:ALL|[A-Za-z_][A-Za-z0-9_.-]*))?$/,
  'ALL, USER or USER:GROUP',
);
const command = form(
  /^(?:ALL|\/[^\n]+)$/,
  'ALL, or a command with its whole path such as "/usr/bin/systemctl restart shop"',
);
const option = form(/^[A-Za-z-]+(?:="[^"\n]*")?$/, 'an option such as restrict or from="10.0.0.0/8"');

export const accountTypes = {
  userGroup: declare({
    summary: 'A group of users. Who belongs to it, the users say.',
    attributes: {
      userGroup: account.describe('Name of the group.'),
      gid: whole(0, 4_294_967_294)
        .optional()
        .describe('Fixed when the group is made; refused if it has another: an existing gid never changes.'),
      system: z.boolean().default(false).describe('Made with a number for system groups.'),
      absent: absent('Removed; refused while it is the primary group of a user.'),
    },
  }),
  authorizedKey: declare({
    summary: 'One key that may log in as a user; the rest of its authorized_keys stays byte for byte.',
    attributes: {
      authorizedKey: account.describe('The user.'),
      key: text.describe('The line of a .pub file.'),
      options: z
        .array(option)
        .default([])
        .describe('Options of sshd before the key, such as `restrict` or `from="10.0.0.0/8"`.'),
      absent: absent('Taken out, with whatever options and comment it stands there.'),
    },
    key: ({ authorizedKey, key }) => `${authorizedKey}/${publicKeyName(key)}`,
    problems: ({ key }) => keyProblems(key),
  }),
  sudoRule: declare({
    summary: 'A file in /etc/sudoers.d, which visudo has to accept before it goes live.',
    attributes: {
      sudoRule: form(
        /^[A-Za-z0-9_-]{1,64}$/,
        'a file name of letters, digits, _ and -, without dots',
      ).describe('Name of the file.'),
      users: oneOrMore(account, 'a user or a list of users').optional().describe('Users who may.'),
      groups: oneOrMore(account, 'a group or a list of groups').optional().describe('Groups who may.'),
      commands: oneOrMore(command, 'ALL, a command with its whole path, or a list of these')
        .default([])
        .describe('What they may run, with the arguments as given; sudo knows `*` in them.'),
      as: runAs.default('root').describe('User, or `USER:GROUP`, that it runs as; `ALL`: any.'),
      noPassword: z.boolean().default(false).describe('Without a password.'),
      absent: absent('Removed.'),
    },
    problems: ({ users, groups, commands, absent: gone }) => {
      if (gone) return [];
      const found: AttributeProblem[] = [];
      if (users === undefined && groups === undefined)
        found.push({ message: 'Nothing says who may.', remedy: 'Write users or groups.' });
      if (commands.length === 0)
        found.push({ message: 'Nothing says what may be run.', remedy: 'Write commands, or commands: ALL.' });
      return found;
    },
  }),
};

function keyProblems(key: string): readonly AttributeProblem[] {
  if (key.includes('${{')) return [];
  const message = publicKeyProblem(key);
  const remedy = 'Paste the one line of a .pub file, such as ~/.ssh/id_ed25519.pub.';
  return message === undefined ? [] : [{ attribute: 'key', message, remedy }];
}
