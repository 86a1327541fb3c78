import type {
  Become,
  FailurePolicy,
  Freeze,
  Reconcile,
  RollbackRung,
  SecretRef,
  Window,
} from '../model/index.js';
import type { ManifestResource } from './resourceTypes.js';
import type { ManifestAround, ManifestGate, ManifestRollout } from './rolloutTypes.js';
import type { Data } from './schema/common.js';

export type * from './resourceTypes.js';
export type * from './rolloutTypes.js';
export type { AttributeKind } from './schema/declare.js';
export type { AttributesOf, DeclaredTypeName } from './schema/declared.js';
export type { Data };

/**
 * What the user wrote, for one environment: includes merged, differences applied, every default of the format filled in.
 * Expressions `${{ }}` are still text: plan/ renders them.
 */
export interface Manifest {
  readonly version: 1;
  readonly fleet: string;
  readonly uid: string;
  readonly environment: string;
  readonly rules: {
    readonly cleanCommit: boolean;
    readonly destroy?: 'confirm';
  };
  readonly people: Readonly<Record<string, { readonly keys: readonly string[] }>>;
  readonly secrets: Readonly<Record<string, SecretRef>>;
  readonly sites: Readonly<Record<string, ManifestSite>>;
  readonly images: Readonly<Record<string, ManifestImage>>;
  readonly networks: Readonly<Record<string, { readonly cidr: string }>>;
  readonly vars: Vars;
  readonly configs: Readonly<Record<string, ManifestConfig>>;
  readonly groups: Readonly<Record<string, ManifestGroup>>;
  /** Machines of a whole rollout that may fail; undefined: what its batches may. */
  readonly maxFailed?: number;
  readonly gates?: readonly ManifestGate[];
  readonly windows?: readonly Window[];
  readonly freezes?: readonly Freeze[];
  readonly reconcile?: Reconcile;
}

export interface ManifestSite {
  readonly provider: 'qemu' | 'static';
  readonly connect?: ManifestConnect;
}

/** How machines that exist already are reached. What isn't said is the site worker's to find out. */
export interface ManifestConnect {
  readonly user?: string;
  readonly become?: Become;
  /** Name of a secret. */
  readonly password?: string;
  readonly via?: readonly string[];
}

/** A machine that exists already. */
export interface ManifestMachine {
  readonly host: string;
  readonly port?: number;
  /** OpenSSH public key; `known_hosts` until the CLI has read that; empty: nothing says it. */
  readonly hostKey: string;
  readonly vars: Vars;
  readonly labels: Readonly<Record<string, string>>;
  /** Site, group and machine merged. */
  readonly connect: ManifestConnect;
}

export type Vars = Readonly<Record<string, Data>>;

export type ManifestImage =
  | {
      readonly build:
        | { readonly suite: string; readonly include: readonly string[] }
        | { readonly micro: true };
    }
  | {
      readonly path: string;
      readonly sha256?: string;
      readonly sha512?: string;
    }
  | {
      readonly url: string;
      readonly sha256?: string;
      readonly sha512?: string;
    };

export interface ManifestConfig {
  readonly include: readonly string[];
  readonly vars: Vars;
  readonly resources: readonly ManifestResource[];
  readonly verify: readonly ManifestCheck[];
}

/** Where in the user's files something stands: `fleet.yaml:92:17`. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** `from`: outside, inside or a machine's name; default outside for tcp and http, inside for command. */
export type ManifestCheck = {
  readonly path: string;
  readonly from: string;
  readonly withinMs: number;
} & (
  | { readonly type: 'tcp'; readonly port: number }
  | {
      readonly type: 'http';
      readonly http: string;
      readonly port: number;
      readonly status: number;
    }
  | {
      readonly type: 'command';
      readonly name: string;
      readonly run: string;
      readonly as?: string;
      readonly env: Readonly<Record<string, string>>;
    }
);

export interface ManifestGroup {
  /** Of machines that exist already: how many are named. */
  readonly count: number;
  /** Machines that exist already, by name; undefined: the site makes `count` of them. */
  readonly machines?: Readonly<Record<string, ManifestMachine>>;
  readonly site: string;
  readonly image: string;
  readonly size: {
    readonly cpus: number;
    readonly memoryMiB: number;
    readonly diskMiB: number;
  };
  readonly disks: Readonly<
    Record<
      string,
      {
        readonly sizeMiB: number;
        readonly filesystem: 'ext4' | 'xfs';
        readonly mount: string;
        readonly keep: boolean;
      }
    >
  >;
  /** Network name to the address of machine 1; machine n gets it plus n-1. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly config: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly vars: Vars;
  readonly after: readonly string[];
  readonly publish: readonly number[];
  readonly protect: boolean;
  readonly onFailure: FailurePolicy;
  /** Ways back that may be taken, in the order of the ladder. */
  readonly rollback: readonly RollbackRung[];
  readonly rollout: ManifestRollout;
  readonly around?: ManifestAround;
}

/** Everything that loading gives: the manifest, where each path stands, and the text of every file it names. */
export interface LoadedFleet {
  readonly manifest: Manifest;
  readonly environments: readonly string[];
  /** Every file that was read, by its path from the fleet's directory: fleet.yaml first. */
  readonly files?: readonly string[];
  /** Nearest known location of a dotted path. */
  where(path: string): Location | undefined;
  /** A path as it was written: what `each` made of one resource counts once. */
  written?(path: string): string;
  /** Text of files that are rendered or must be text, by their path as written. */
  readonly sources: Readonly<Record<string, string>>;
  /** Content of files taken byte for byte, by their path as written; text where it is plain text. */
  readonly blobs: Readonly<Record<string, string | Uint8Array>>;
  /** Files of folders, by the folder's path as written. */
  readonly trees: Readonly<Record<string, readonly TreeFile[]>>;
  /** sha256 over all inputs. */
  readonly revision: string;
  /** Things 1.1 tools would read otherwise, unused definitions: shown, never fatal. */
  readonly warnings: readonly Problem[];
}

/** A file of a folder of the fleet: trees are sorted by path. */
export interface TreeFile {
  /** From the folder, parts separated by `/`. */
  readonly path: string;
  readonly executable: boolean;
  readonly bytes: Uint8Array;
}

/** One error or warning: where, what was read, which rule, what to write instead. */
export interface Problem {
  readonly at: Location;
  readonly path: string;
  readonly message: string;
  readonly remedy?: string;
}
