import { bytes, columns, count } from '../../report/index.js';

export interface BackedUpEnvironment {
  readonly fleet: string;
  readonly fleetUid: string;
  readonly environment: string;
  readonly machines: number;
}

export interface BackupDocument {
  readonly schema: 'millwright/backup/v1';
  readonly file: string;
  readonly at: string;
  readonly sizeBytes: number;
  readonly environments: readonly BackedUpEnvironment[];
  /** Names of keys in it; none: no keystore is on this host. */
  readonly keys: readonly string[];
  readonly documents: number;
  /** In use, and in the store no more. */
  readonly missing: readonly string[];
  readonly notes: readonly string[];
}

/**
 * `same`: as the backup has it. `differs`: the target says otherwise, and it was believed. `unassigned`: neither knows
 * of a bundle. `gone`: its VM isn't at its site. `silent`: nobody got in to look. `none`: it had no VM. `forgotten`:
 * given up before. `unlooked`: --offline.
 */
export type RestoredState =
  | 'same'
  | 'differs'
  | 'unassigned'
  | 'gone'
  | 'silent'
  | 'none'
  | 'forgotten'
  | 'unlooked';

export interface Difference {
  readonly what: 'assigned' | 'verified' | 'owed' | 'hold';
  readonly backup: string | null;
  readonly target: string | null;
}

export interface RestoredMachine {
  readonly fleet: string;
  readonly environment: string;
  readonly machine: string;
  readonly site: string;
  readonly state: RestoredState;
  readonly instance: string | null;
  readonly differences: readonly Difference[];
  /** Why nobody got in, or what is to be known. */
  readonly reason: string | null;
}

/** A VM of a restored environment that the backup knows nothing of. */
export interface StrangerVm {
  readonly instance: string;
  readonly key: string;
  readonly machine: string;
  readonly site: string;
}

export interface RestoreDocument {
  readonly schema: 'millwright/restore/v1';
  readonly file: string;
  readonly madeAt: string;
  readonly environments: readonly BackedUpEnvironment[];
  /** Names of keys that were written; those that were here already aren't among them. */
  readonly keys: readonly string[];
  /** Where the keystore of before is kept; null: it wasn't replaced. */
  readonly keysAside: string | null;
  readonly documents: number;
  readonly machines: readonly RestoredMachine[];
  readonly strangers: readonly StrangerVm[];
  readonly notes: readonly string[];
  readonly exit: number;
}

const environments = (all: readonly BackedUpEnvironment[]): string =>
  all.map((one) => `${one.fleet}/${one.environment} (${count(one.machines, 'machine')})`).join(', ') ||
  'no machines yet';

export const backupText = (document: BackupDocument): string =>
  [
    `${document.file}  ${bytes(document.sizeBytes)}, encrypted`,
    `  ${environments(document.environments)}; ${count(document.keys.length, 'key')}, ${count(document.documents, 'document')}`,
    ...document.notes.map((note) => `  ${note}`),
  ].join('\n');

export function restoreText(document: RestoreDocument): string {
  const { keys, keysAside, machines, strangers } = document;
  return [
    `Restored from ${document.file}, made ${document.madeAt}: ${environments(document.environments)}.`,
    `Keys      ${keys.length === 0 ? 'those that are here' : `${keys.length} written`}${keysAside === null ? '' : `; those of before are in ${keysAside}`}`,
    ...(machines.length === 0 ? [] : ['', ...columns(machines.map(rowOf)), ...details(machines)]),
    ...(strangers.length === 0 ? [] : ['', ...strangers.map(strangerText)]),
    ...(document.notes.length === 0 ? [] : ['', ...document.notes]),
  ].join('\n');
}

const words: Readonly<Record<RestoredState, string>> = {
  same: 'as in the backup',
  differs: 'differs from the backup: the machine was believed',
  unassigned: 'neither the backup nor the machine knows of a bundle; it is left as it is',
  gone: 'its VM is not there; nothing was created',
  silent: 'did not answer: taken from the backup',
  none: 'had no VM',
  forgotten: 'was forgotten before; it stays so',
  unlooked: 'taken from the backup, not looked at',
};

const rowOf = ({ machine, environment, state, reason }: RestoredMachine): string[] => [
  `${marks[state]} ${machine}`,
  environment,
  `${words[state]}${reason === null ? '' : `: ${reason}`}`,
];

const marks: Readonly<Record<RestoredState, string>> = {
  ...{ same: '=', differs: '~', unassigned: '?', gone: '!', silent: '?', none: '-', forgotten: '-' },
  unlooked: '.',
};

const details = (machines: readonly RestoredMachine[]): string[] =>
  machines.flatMap(({ machine, differences }) =>
    differences.map(
      ({ what, backup, target }) => `  ${machine} ${what}: ${short(backup)} → ${short(target)}`,
    ),
  );

const short = (text: string | null): string =>
  text === null ? 'none' : /^[0-9a-f]{64}$/.test(text) ? text.slice(0, 8) : text;

const strangerText = ({ machine, key, site }: StrangerVm): string =>
  `+ ${machine} at ${site}: a VM that the backup knows nothing of. To manage it: millwright adopt ${machine} --vm ${key}`;
