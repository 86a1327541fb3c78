import type { MachineConnection } from './connection.js';
import { type Digest, preimage, sha256Hex } from './digest.js';

/** What a provider is asked to make; everything in it is known when the plan is compiled. */
export interface MachineShape {
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly diskMiB: number;
  readonly image: ImageSpec;
  readonly disks: readonly DiskSpec[];
  readonly nics: readonly NicSpec[];
  /** Guest ports people reach through the provider (qemu: a loopback port). */
  readonly publish: readonly number[];
}

/** What a shape is stored as; an image's name isn't part of it, so that renaming one replaces no machine. */
export const shapePreimage = (shape: MachineShape): string =>
  preimage('millwright.shape.v1', { ...shape, image: { ...shape.image, name: undefined } });

/** Store digest of a shape: the one function for plans (`Target.shapeDigest`) and providers (`InstanceInfo.shape`). */
export const shapeDigest = (shape: MachineShape): Digest => sha256Hex(shapePreimage(shape));

export type ImageSpec =
  | {
      readonly name: string;
      readonly kind: 'build';
      readonly suite: string;
      readonly include: readonly string[];
    }
  | { readonly name: string; readonly kind: 'micro' }
  /** Of a machine that exists already: nobody lays down anything. */
  | { readonly name: string; readonly kind: 'existing' }
  | {
      readonly name: string;
      readonly kind: 'path';
      readonly path: string;
      readonly sha256?: Digest;
      readonly sha512?: string;
    }
  | {
      readonly name: string;
      readonly kind: 'url';
      readonly url: string;
      readonly sha256?: Digest;
      readonly sha512?: string;
    };

export interface DiskSpec {
  readonly name: string;
  readonly sizeMiB: number;
  readonly filesystem: 'ext4' | 'xfs';
  readonly mount: string;
  /** Outlives destroy and replace. */
  readonly keep: boolean;
}

export interface NicSpec {
  readonly network: string;
  readonly cidr: string;
  /** Undefined: the machine is on the network without a declared address. */
  readonly address?: string;
}

/** The shape of every machine that exists already: nobody is asked to make anything, so nothing of it is known. */
export const existingShape: MachineShape = {
  ...{ cpus: 0, memoryMiB: 0, diskMiB: 0, image: { name: 'existing', kind: 'existing' } },
  ...{ disks: [], nics: [], publish: [] },
};

/** One incarnation of a machine as its provider knows it. */
export interface InstanceInfo {
  /** Instance id: machine id and creating change. */
  readonly instance: string;
  readonly machineId: string;
  readonly power: 'on' | 'off' | 'unknown';
  readonly protect: boolean;
  /** OpenSSH public key line of the host key made in create. */
  readonly hostKey: string;
  /** Network name to address. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Guest port to what reaches it from the site's host, e.g. `http://127.0.0.1:34567` is `{host, port}`. */
  readonly published: Readonly<Record<string, { host: string; port: number }>>;
  readonly keptDisks: readonly string[];
  /** Digest of the shape it has: that of its creation, or of the last power cycle or restore into another. */
  readonly shape: Digest;
  /** Of a machine that exists already: how it is reached. */
  readonly connection?: MachineConnection;
}

/** Answer of `find`: `unknown` (host unreachable, lock held, unreadable state) never permits create. */
export type Found =
  | { readonly state: 'present'; readonly instance: InstanceInfo }
  | { readonly state: 'absent' }
  | { readonly state: 'unknown'; readonly reason: string };

/** What a destroy removed. */
export interface DestroyReportData {
  /** False: there was nothing. */
  readonly existed: boolean;
  /** It exists by itself and goes on as it is: it was only given up. */
  readonly left?: true;
  readonly keptDisks: readonly string[];
}
