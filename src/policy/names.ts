import { parsePublicKey } from './keys.js';

/** A mistake and where it is, by the keys that lead there. */
export interface Mistake {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

type Tree = Readonly<Record<string, unknown>>;

/** Names that nobody has, and keys that two people have; of a file that may have other mistakes, too. */
export function nameMistakes(written: unknown): Mistake[] {
  const policy = tree(written);
  const approvers = tree(policy.approvers);
  const unknown = (path: Mistake['path'], names: unknown): Mistake[] =>
    list(names).flatMap((name, at) =>
      typeof name !== 'string' || Object.hasOwn(approvers, name)
        ? []
        : [{ path: [...path, at], message: `${name} is none of the approvers` }],
    );
  return [
    ...list(policy.gates).flatMap((gate, at) => unknown(['gates', at, 'from'], tree(gate).from)),
    ...list(policy.gates).flatMap((gate, at) =>
      tooMany(['gates', at], tree(gate), Object.keys(approvers).length),
    ),
    ...unknown(['breakGlass'], policy.breakGlass),
    ...unknown(['override'], policy.override),
    ...sharedKeys(approvers),
  ];
}

/** A gate that needs more people than there are is never opened by votes. */
function tooMany(path: Mistake['path'], gate: Tree, people: number): Mistake[] {
  const { approvals = 1, from, unsigned, external } = gate;
  if (from !== undefined || unsigned === true || external === true) return [];
  if (typeof approvals !== 'number' || approvals <= people) return [];
  const at = gate.approvals === undefined ? path : [...path, 'approvals'];
  return [{ path: at, message: `${approvals} must agree, and there are ${people} approvers` }];
}

/** Whoever has two names would have two votes. */
function sharedKeys(approvers: Tree): Mistake[] {
  const owners = new Map<string, string>();
  return Object.entries(approvers).flatMap(([name, approver]) =>
    list(tree(approver).keys).flatMap((line, at) => {
      const key = typeof line === 'string' ? parsePublicKey(line) : '';
      if (typeof key === 'string') return [];
      const owner = owners.get(key.fingerprint);
      owners.set(key.fingerprint, owner ?? name);
      const message = `${key.fingerprint} is a key of ${owner} already: one key, one person`;
      return owner === undefined ? [] : [{ path: ['approvers', name, 'keys', at], message }];
    }),
  );
}

const tree = (value: unknown): Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Tree) : {};
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
