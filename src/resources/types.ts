import type { Debt } from '../model/index.js';

export interface ResolvedCommon {
  /** Given, or `<type>:<natural key>`; unique in a bundle. */
  readonly id: string;
  readonly notify: readonly Debt[];
  /** May cut our own access; undefined: no. */
  readonly risky?: boolean;
  /** Condition on facts of the machine; where it doesn't hold, the step is skipped. */
  readonly when?: string;
  /** Limit of the step's act, ms. */
  readonly timeoutMs?: number;
  /** How often an act that failed is tried again, and how long after, ms. */
  readonly retries?: { readonly count: number; readonly delayMs: number };
  /** What it holds and says is shown nowhere. */
  readonly sensitive?: boolean;
}

export interface ResolvedPackage extends ResolvedCommon {
  readonly type: 'package';
  readonly name: string;
  /** Whole, or with a `*`; undefined: any. */
  readonly version?: string;
  /** Kept at its version, or let go; undefined: whatever it is. */
  readonly hold?: boolean;
  /** Age of the package index beyond which it is fetched before an install, ms; undefined: an hour. */
  readonly refreshMs?: number;
  readonly absent: boolean;
}

export interface ResolvedFile extends ResolvedCommon {
  readonly type: 'file';
  /** Absolute path. */
  readonly file: string;
  /**
   * Whole content, slot tokens included (bytes hold none); undefined: only owner and mode are managed, or the file is
   * absent.
   */
  readonly content?: string | Uint8Array;
  /** `user` or `user:group`; undefined: an existing file keeps its own. */
  readonly owner?: string;
  /** Octal text of three or four digits. */
  readonly mode?: string;
  /** Shell text; `{new}` stands for the temporary file. */
  readonly validate?: string;
  readonly follow: boolean;
  readonly absent: boolean;
}

export interface ResolvedLink extends ResolvedCommon {
  readonly type: 'link';
  readonly link: string;
  readonly to?: string;
  readonly absent: boolean;
}

export interface ResolvedUser extends ResolvedCommon {
  readonly type: 'user';
  readonly user: string;
  readonly shell?: string;
  readonly home?: string;
  /** Fixed when the user is made; undefined: the next free one. */
  readonly uid?: number;
  readonly comment?: string;
  /** A slot token: a crypt(3) hash. Undefined: the password isn't managed; a new user has none. */
  readonly passwordHash?: string;
  readonly groups: readonly string[];
  readonly system: boolean;
  /** OpenSSH public key lines, the whole of authorized_keys; undefined: keys aren't managed. */
  readonly keys?: readonly string[];
  readonly absent: boolean;
}

export interface ResolvedService extends ResolvedCommon {
  readonly type: 'service';
  readonly service: string;
  readonly running: boolean;
  readonly enabled: boolean;
  readonly settleMs: number;
}

export interface ResolvedCommand extends ResolvedCommon {
  readonly type: 'command';
  readonly name: string;
  readonly run: string;
  readonly as?: string;
  /** Values may hold slot tokens. */
  readonly env: Readonly<Record<string, string>>;
  /** May hold slot tokens. */
  readonly stdin?: string;
  readonly dir?: string;
  readonly unless?: string;
  readonly onlyIf?: string;
  readonly creates?: string;
  readonly once: boolean;
  readonly always: boolean;
  readonly timeoutMs: number;
}

export interface ResolvedHosts extends ResolvedCommon {
  readonly type: 'hosts';
  /** Lines of the managed block in order; an address may be a slot token. */
  readonly entries: readonly { readonly address: string; readonly names: readonly string[] }[];
}
