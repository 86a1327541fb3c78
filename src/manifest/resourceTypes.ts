import type { Data } from './schema/common.js';
import type { AttributeKind } from './schema/declare.js';
import type { DeclaredTypeName } from './schema/declared.js';

interface ResourceCommon {
  /** Given, or `<type>:<natural key>`. */
  readonly id: string;
  /** Dotted path in the manifest, e.g. `configs.web.resources[2]`. */
  readonly path: string;
  /** As written: `reload nginx`. */
  readonly notify: readonly string[];
  readonly override: boolean;
  /** May cut our own access: acts under a timer that undoes it unless a new connection confirms. */
  readonly risky: boolean;
  /** The item of `each` that this resource is for: `item` in expressions. */
  readonly item?: Data;
  /** Condition on facts of the machine, as written. */
  readonly when?: string;
  readonly timeoutMs?: number;
  readonly retries?: { readonly count: number; readonly delayMs: number };
  readonly sensitive?: boolean;
}
export type ManifestResource =
  | PackageResource
  | FileResource
  | LinkResource
  | UserResource
  | ServiceResource
  | CommandResource
  | HostsResource
  | DeclaredResource;

/** A list of packages is one resource per package by the time it stands here. */
export interface PackageResource extends ResourceCommon {
  readonly type: 'package';
  readonly name: string;
  readonly version?: string;
  readonly hold?: boolean;
  readonly refreshMs?: number;
  readonly absent: boolean;
}
export interface FileResource extends ResourceCommon {
  readonly type: 'file';
  readonly file: string;
  readonly content?: string;
  /** Path relative to the manifest, content copied byte for byte. */
  readonly source?: string;
  /** Path relative to the manifest, rendered. */
  readonly template?: string;
  readonly owner?: string;
  readonly mode?: string;
  readonly validate?: string;
  readonly follow: boolean;
  readonly absent: boolean;
}
export interface LinkResource extends ResourceCommon {
  readonly type: 'link';
  readonly link: string;
  readonly to?: string;
  readonly absent: boolean;
}
export interface UserResource extends ResourceCommon {
  readonly type: 'user';
  readonly user: string;
  readonly shell?: string;
  readonly home?: string;
  readonly uid?: number;
  readonly comment?: string;
  /** `${{ secrets.NAME }}`: a crypt(3) hash. */
  readonly passwordHash?: string;
  /** Further lines of authorized_keys. */
  readonly keys?: readonly string[];
  readonly groups: readonly string[];
  readonly system: boolean;
  /** Names of people whose keys may log in as this user; undefined: keys aren't managed. */
  readonly keysOf?: readonly string[];
  readonly absent: boolean;
}
export interface ServiceResource extends ResourceCommon {
  readonly type: 'service';
  readonly service: string;
  readonly running: boolean;
  readonly enabled: boolean;
  readonly settleMs: number;
}
export interface CommandResource extends ResourceCommon {
  readonly type: 'command';
  readonly name: string;
  readonly run: string;
  readonly as?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly dir?: string;
  readonly unless?: string;
  readonly onlyIf?: string;
  readonly creates?: string;
  readonly once: boolean;
  readonly always: boolean;
  readonly timeoutMs: number;
}
/** A type of the table in schema/declared.ts: its attributes as written, defaults filled in. */
export interface DeclaredResource extends ResourceCommon {
  readonly type: DeclaredTypeName;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Of attributes that aren't just `known`. */
  readonly kinds: Readonly<Record<string, AttributeKind>>;
}

export interface HostsResource extends ResourceCommon {
  readonly type: 'hosts';
  readonly scope: 'fleet';
}
