import { type Step, sha256Hex } from '../model/index.js';
import { factKey, flag, makeStep } from './step.js';
import { assertName } from './text.js';
import type { ResolvedCommon } from './types.js';

export interface ResolvedSudoRule extends ResolvedCommon {
  readonly type: 'sudoRule';
  /** Name of the file in /etc/sudoers.d. */
  readonly sudoRule: string;
  readonly users?: string | readonly string[];
  readonly groups?: string | readonly string[];
  /** `ALL`, or whole paths with arguments. */
  readonly commands: string | readonly string[];
  readonly as: string;
  readonly noPassword: boolean;
  readonly absent: boolean;
}

const accounts = /^[a-z_][a-z0-9_-]{0,31}$/;
const runAs = /^(ALL|[A-Za-z_][A-Za-z0-9_.-]*)(:(ALL|[A-Za-z_][A-Za-z0-9_.-]*))?$/;

/** facts: stat and digest of the file. apply: written beside, tried by visudo, renamed. undo: the file as it was. */
export function compileSudoRule(resource: ResolvedSudoRule): Step {
  const { id, sudoRule, as, noPassword, absent } = resource;
  assertName(sudoRule, /^[A-Za-z0-9_-]{1,64}$/, id);
  const path = `/etc/sudoers.d/${sudoRule}`;
  const text = absent ? '' : ruleText(resource);
  return makeStep({
    ...{ resource, undo: 'exact' },
    facts: ['stat', 'sha256'].map((kind) => ({ kind, key: path })),
    variables: {
      sudo_path: path,
      sudo_key: factKey('stat', path),
      sudo_sha: sha256Hex(text),
      sudo_absent: flag(absent),
    },
    files: absent ? [] : [text],
    intent: { sudoRule, content: absent ? undefined : sha256Hex(text), as, noPassword, absent },
  });
}

/** `deploy, %ops ALL = (root) NOPASSWD: /usr/bin/systemctl restart shop`. */
function ruleText(resource: ResolvedSudoRule): string {
  const { id, as, noPassword } = resource;
  const [users, groups, commands] = [resource.users, resource.groups, resource.commands].map(listOf);
  for (const name of [...(users ?? []), ...(groups ?? [])]) assertName(name, accounts, id);
  for (const command of commands ?? []) assertName(command, /^(ALL|\/[^\u0000-\u001f\u007f]+)$/, id);
  assertName(as, runAs, id);
  const who = [...(users ?? []), ...(groups ?? []).map((name) => `%${name}`)].join(', ');
  const what = (commands ?? []).map(escaped).join(', ');
  assertName(who, /./, id);
  assertName(what, /./, id);
  return `# Managed by Millwright: changes here are reverted.\n${who} ALL = (${as}) ${noPassword ? 'NOPASSWD: ' : ''}${what}\n`;
}

const listOf = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value;

/** What means something to sudoers(5) stands for itself; a backslash before a wildcard is sudo's own way to say so. */
const escaped = (command: string): string =>
  command.replace(/\\(?![*?[\]!^])/g, '\\\\').replace(/[,:=#]/g, (char) => `\\${char}`);
