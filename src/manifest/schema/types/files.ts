import { z } from 'zod';
import { absolutePath, form, text, whole } from '../common.js';
import { type AttributeProblem, declare } from '../declare.js';
import { edited, editedKinds, editProblems, line } from './edits.js';

const mode = form(/^[0-7]{3,4}$/, 'a quoted octal mode such as "0755"');
const owner = form(/^[A-Za-z_][A-Za-z0-9_.-]*(?::[A-Za-z_][A-Za-z0-9_.-]*)?$/, 'USER or USER:GROUP');
const userName = form(/^[a-z_][a-z0-9_-]{0,31}$/, 'a user name');
const sha256 = form(/^(?:[0-9a-f]{64}|\$\{\{[^}]*\}\})$/, '64 lower-case hex digits');
const sha512 = form(/^(?:[0-9a-f]{128}|\$\{\{[^}]*\}\})$/, '128 lower-case hex digits');
const url = form(
  /^https?:\/\/(?:[^\s'"<>\\]|\$\{\{[^}]*\}\})+$/,
  'a URL that starts with https:// or http://',
);
const absent = z.boolean().default(false);

const checksums = {
  sha256: sha256.describe('Digest of what the URL gives.').optional(),
  sha512: sha512.describe('The same by SHA-512, where that is what is published.').optional(),
};

/** Where content comes from is said once, and a download is known by its digest. */
function sourceProblems(given: {
  source?: string;
  url?: string;
  sha256?: string;
  sha512?: string;
}): AttributeProblem[] {
  const { source, url: from, sha256: short, sha512: long } = given;
  if (source !== undefined && from !== undefined)
    return [{ attribute: 'url', message: '"source" and "url" both say what it holds.', remedy: 'Keep one.' }];
  const sums = [short, long].filter((sum) => sum !== undefined).length;
  if (from !== undefined && sums !== 1)
    return [
      { attribute: 'url', message: 'A download needs one checksum.', remedy: 'Write "sha256" or "sha512".' },
    ];
  return source !== undefined && sums > 0
    ? [{ message: 'A file of the fleet needs no checksum: the revision has one.', remedy: 'Remove it.' }]
    : [];
}

/** What would take more with it than anybody means: parts of a path below the root. */
const depth = (path: string): number => path.split('/').filter((part) => part !== '').length;

function sweeping(path: string, key: string, on: boolean | undefined): AttributeProblem[] {
  if (!on || depth(path) >= 2) return [];
  const message = `"${key}" of ${path} would reach too much: it needs a path at least two folders deep.`;
  return [{ attribute: key, message, remedy: 'Name a folder below it.' }];
}

export const fileTypes = {
  directory: declare({
    summary: 'A directory, perhaps with the files of a folder of the fleet in it.',
    attributes: {
      directory: absolutePath.describe('Path on the machine.'),
      owner: owner.describe('Of the directory, and of what `source` puts in it.').optional(),
      mode: mode.describe('Of the directory alone.').optional(),
      source: text
        .describe('Folder of the fleet whose files, with their permission to be run, must be in it.')
        .optional(),
      purge: z
        .boolean()
        .describe('Removes what `source` does not have; with `absent`, removes it with all that is in it.')
        .default(false),
      recursive: z.boolean().describe('`owner` is meant for all that is in it.').default(false),
      absent: absent.describe('It must not be there. Removed only if it is empty, or with `purge`.'),
    },
    kinds: { source: 'tree' },
    problems: ({ directory, owner: who, mode: bits, source, purge, recursive, absent: gone }) => [
      ...sweeping(directory, 'purge', purge),
      ...sweeping(directory, 'recursive', recursive),
      ...(gone && (who ?? bits ?? source) !== undefined
        ? [{ message: '"absent: true" contradicts what it should hold.', remedy: 'Remove one.' }]
        : []),
      ...(purge && source === undefined && !gone
        ? [{ attribute: 'purge', message: 'Nothing says what stays.', remedy: 'Write "source" too.' }]
        : []),
      ...(recursive && who === undefined
        ? [{ attribute: 'recursive', message: 'Nothing says who should own it.', remedy: 'Write "owner".' }]
        : []),
    ],
  }),

  line: declare({
    summary: 'One line of a text file that others own.',
    attributes: {
      line: absolutePath.describe('Path of the file.'),
      text: line.describe('The whole line.').optional(),
      match: line
        .describe(
          'POSIX extended regular expression of the line that this one replaces; begin it with ^, as it must match one line only.',
        )
        .optional(),
      ...edited,
    },
    kinds: { text: 'late', ...editedKinds },
    key: ({ line: path, text: whole, match }) => `${path}[${match ?? whole ?? ''}]`,
    problems: (given) => [
      ...editProblems(given),
      ...(given.text === undefined && !(given.absent && given.match !== undefined)
        ? [
            {
              message: 'Nothing says what the line is.',
              remedy: 'Write "text"; or "match" and absent: true.',
            },
          ]
        : []),
    ],
  }),

  block: declare({
    summary: 'Lines of a text file that others own, between two comments that mark them.',
    attributes: {
      block: absolutePath.describe('Path of the file.'),
      name: form(/^[^\n]{0,100}$/, 'a name on one line')
        .describe('Tells several blocks of a file apart.')
        .default(''),
      content: z.string().describe('The lines between the marks.').optional(),
      comment: form(/^[^\n]{1,20}$/, 'what a comment begins with, such as #')
        .describe('What a comment of that file begins with.')
        .default('#'),
      commentEnd: form(/^[^\n]{0,20}$/, 'what a comment ends with, such as -->')
        .describe('What a comment ends with, where it must.')
        .default(''),
      ...edited,
    },
    kinds: { content: 'late', ...editedKinds },
    key: ({ block, name }) => (name === '' ? block : `${block}[${name}]`),
    problems: (given) => [
      ...editProblems(given),
      ...(given.absent === (given.content !== undefined)
        ? [{ message: 'It needs either "content" or absent: true.', remedy: 'Write one of them.' }]
        : []),
    ],
  }),

  ini: declare({
    summary: 'One setting of an INI file; comments and the rest of it stay as they are.',
    attributes: {
      ini: absolutePath.describe('Path of the file.'),
      section: form(/^[^\]\n]*$/, 'the name of a section, without brackets')
        .describe('Section without its brackets; left out: above all sections.')
        .default(''),
      key: form(/^[^ \t#;[=:\n](?:[^=:\n]*[^ \t=:\n])?$/, 'the name of a setting').describe(
        'Name of the setting.',
      ),
      value: z.string().describe('Its value, to the end of the line.').optional(),
      separator: form(/^[ \t]*[=:][ \t]*$/, '= or :, perhaps with blanks around it')
        .describe('What stands between a key that is added and its value.')
        .default(' = '),
      follow: edited.follow,
      create: edited.create,
      validate: edited.validate,
      absent: edited.absent,
    },
    kinds: { value: 'late', validate: 'shell' },
    key: ({ ini, section, key }) => `${ini}[${section}].${key}`,
    problems: ({ value, absent: gone }) =>
      gone === (value !== undefined)
        ? [{ message: 'It needs either "value" or absent: true.', remedy: 'Write one of them.' }]
        : [],
  }),

  archive: declare({
    summary: 'What an archive holds, unpacked into a directory.',
    attributes: {
      archive: absolutePath.describe('Directory that it is unpacked into, made if it is not there.'),
      source: text.describe('File of the fleet.').optional(),
      url: url.describe('Where each machine fetches it.').optional(),
      ...checksums,
      format: z
        .enum(['tar', 'tar.gz', 'tar.xz', 'tar.zst', 'zip'])
        .describe('Left out: what the name ends with.')
        .optional(),
      strip: whole(0, 20)
        .describe('How many leading folders of its members are left out; not of zip.')
        .default(0),
      owner: owner.describe('Of all that it holds; left out: root.').optional(),
    },
    kinds: { source: 'bytes' },
    problems: (given) => [
      ...sourceProblems(given),
      ...((given.source ?? given.url) === undefined
        ? [{ message: 'Nothing says what it holds.', remedy: 'Write "source" or "url".' }]
        : []),
    ],
  }),

  download: declare({
    summary: 'A file that each machine fetches itself, known by its digest.',
    attributes: {
      download: absolutePath.describe('Path on the machine.'),
      url: url.describe('Fetched only while what is there has another digest.'),
      ...checksums,
      owner: owner.describe('Left out: of a file that is there, as it is; else root.').optional(),
      mode: mode.describe('Left out: of a file that is there, as it is; else 0644.').optional(),
    },
    problems: (given) => sourceProblems(given),
  }),

  git: declare({
    summary:
      'A working copy of a git repository at one revision. Its hooks never run and its submodules stay away.',
    attributes: {
      git: absolutePath.describe('Directory of the working copy.'),
      repo: form(
        /^(?:https?:\/\/|ssh:\/\/|git:\/\/|file:\/\/\/|\/|[A-Za-z0-9_][\w.-]*@[\w.-]+:)[^\s\\]+$/,
        'the URL of a git repository',
      ).describe("Without credentials: those are the machine's own."),
      ref: form(/^(?:[A-Za-z0-9_./+-]|\$\{\{[^}]*\}\})+$/, 'a branch, tag or commit').describe(
        'Branch, tag or whole commit. Branches and tags are asked for in each run, commits are not.',
      ),
      as: userName.describe('User who fetches and owns it; left out: root.').optional(),
      force: z.boolean().describe('Changes made by hand are lost instead of being an error.').default(false),
    },
    problems: ({ git, repo }) => [
      ...(depth(git) < 2
        ? [
            {
              attribute: 'git',
              message: `${git} is too near the root for a working copy.`,
              remedy: 'Go deeper.',
            },
          ]
        : []),
      ...(/^[a-z]+:\/\/[^/]*:[^/]*@/.test(repo)
        ? [
            {
              attribute: 'repo',
              message: 'The URL holds a password, which everybody on the machine could read.',
              remedy: 'Give the machine credentials of its own: a deploy key, or ~/.netrc.',
            },
          ]
        : []),
    ],
  }),
};
