import type { Progress } from '../../port.js';

/** An image that instances are linked clones of. */
export interface Image {
  /** Folder in the cache; the base of overlays lies in it and is never rewritten. */
  readonly dir: string;
  readonly disk: string;
  /** Direct kernel boot; undefined: the image boots by its own boot loader. */
  readonly kernel?: { readonly vmlinuz: string; readonly initrd: string };
  readonly meta: ImageMeta;
}

export interface ImageMeta {
  readonly recipe: string;
  /** Unlike in two builds of one recipe, so that an overlay is never put on another base. */
  readonly build: string;
  /** What reads the seed: our own reader by SMBIOS, or cloud-init by a NoCloud disk. */
  readonly seed: 'millwright' | 'cloud-init';
  readonly init: 'systemd' | 'micro' | 'unknown';
  readonly directKernel: boolean;
  /** Size the guest sees; a machine's disk is at least as large. */
  readonly virtualMiB: number;
  readonly diskBytes: number;
  readonly buildSeconds: number;
  readonly builtAt: string;
}

/** What a builder says about what it made in its folder. */
export type Made = Pick<ImageMeta, 'seed' | 'init' | 'directKernel' | 'virtualMiB'>;

export interface BuildContext {
  readonly cache: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}
