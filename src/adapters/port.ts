import type { Json } from '../model/index.js';
import type { SshTarget } from '../ssh/port.js';

/** How one task of a playbook, or one resource of a manifest, ended. */
export interface TaskResult {
  readonly name: string;
  readonly state: 'ok' | 'changed' | 'failed' | 'skipped';
  /** `file:line` in the fleet's directory, as far as it is known. */
  readonly at: string;
  readonly reason: string;
}

/** What a step that the site carries out came to; in a check, `changed` is what it would do. */
export interface SiteOutcome {
  readonly state: 'ok' | 'changed' | 'failed';
  readonly code?: `MW-${string}`;
  /** Exit status of the program, where it matters. */
  readonly exit?: number;
  /** One sentence. */
  readonly reason: string;
  /** Output of what failed; in a check, the differences. */
  readonly output?: string;
  readonly tasks: readonly TaskResult[];
}

/** A file as it lies in the folder that `ansible-playbook` sees: paths as in the fleet's directory. */
export interface PlaybookFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly executable: boolean;
}

export interface PlaybookOrder {
  /** The machine and its group, as the inventory names them. */
  readonly machine: string;
  readonly group: string;
  readonly ssh: SshTarget;
  /** The playbook among them. */
  readonly files: readonly PlaybookFile[];
  readonly playbook: string;
  /** Folder of the roles; undefined: only what lies beside the playbook. */
  readonly roles?: string;
  /** Text of a requirements file. */
  readonly requirements?: Uint8Array;
  /** With every late value filled in. */
  readonly vars: Readonly<Record<string, Json>>;
  /** Values that must never be shown. */
  readonly secrets: readonly string[];
  readonly check: boolean;
  /** Folder on the machine where modules lie while they run; whoever gave it removes it. */
  readonly remoteTemp: string;
  readonly timeoutMs: number;
  /** Called as tasks begin, with the task's name. */
  readonly onTask: (name: string) => void;
  /** An abort ends the program and all that it started, then rejects with its reason. */
  readonly signal: AbortSignal;
}

/** Runs playbooks against one machine at a time, each in processes that end with this one. */
export interface Ansible {
  /** Never throws for what a playbook did or could not do: that is its outcome. */
  play(order: PlaybookOrder): Promise<SiteOutcome>;
}
