import { type Digest, type Json, preimage } from './digest.js';
import { documentDomains } from './domains.js';

/** The ordered step hashes, verify and slots of a config compiled for one machine: sha256. */
export type BundleId = Digest;

/** How well a type can take back what it did: as it was, roughly so, or not at all. */
export type UndoKind = 'exact' | 'best-effort' | 'none';

export type DebtAction = 'reload' | 'restart';

/** A handler owed: written durably before the notifying step acts, cleared only by success. */
export interface Debt {
  readonly action: DebtAction;
  /** Step id of the service, e.g. `service:nginx`. */
  readonly step: string;
}

/** A value known only when a step runs. Templates carry its token; the site fills it in on standard input. */
export type Slot =
  | {
      readonly name: string;
      readonly kind: 'secret';
      readonly secret: SecretRef;
    }
  | {
      readonly name: string;
      readonly kind: 'address';
      readonly machine: string;
    }
  | {
      readonly name: string;
      readonly kind: 'fact';
      readonly machine: string;
      /** One of publishedFacts. */
      readonly fact: string;
    };

/** Where a secret is to be found by a worker of the machine's site. `exec`: what a program prints, run without a shell. */
export type SecretRef =
  | { readonly env: string }
  | { readonly file: string }
  | { readonly exec: readonly string[] };

/**
 * The text that stands for slot `name` in rendered content and env values. NUL-free and impossible in user input,
 * which may not contain control characters. The runner replaces it on the target.
 */
export const slotToken = (name: string): string => `\u0001mw-slot:${name}\u0002`;
export const slotPattern = /\u0001mw-slot:([A-Za-z0-9_.-]+)\u0002/g;

/** One observation needed by checks; the runner gathers all of a kind in one sweep before the first check. */
export interface FactRequest {
  /** e.g. `stat`, `sha256`, `dpkg`, `systemd`, `passwd`. */
  readonly kind: string;
  readonly key: string;
}

/** A resource compiled to shell. `script` is what the runner sources; `hash` covers normalised intent, never shell text. */
export interface Step {
  readonly id: string;
  readonly type: string;
  readonly hash: Digest;
  readonly repeatable: boolean;
  readonly undo: UndoKind;
  /** May cut our own access: acts under a dead-man timer that undoes it unless a new connection confirms. */
  readonly risky?: boolean;
  /** The site carries it out over a connection of its own: a delivery that has none (pull) refuses it by its id. */
  readonly pushOnly?: boolean;
  readonly notify: readonly Debt[];
  readonly facts: readonly FactRequest[];
  /** Names of slots this step reads. */
  readonly slots: readonly string[];
  readonly script: string;
  /** Content the script refers to as `files/<sha256>` in the bundle. */
  readonly files: Readonly<Record<Digest, string | Uint8Array>>;
  /** Normalised intent, for people (`render`, `plan.json`): never holds a secret. */
  readonly intent: Json;
  /** Texts that the intent names by digest, slot tokens included, where they aren't just `files`. */
  readonly texts?: Readonly<Record<Digest, string>>;
}

/** What a step meant, as it can be read back by its hash alone. */
export interface StepRecord {
  readonly hash: Digest;
  readonly intent: Json;
  /** Texts that the intent names by digest, slot tokens included. */
  readonly texts: Readonly<Record<Digest, string>>;
}

/** What a bundle means, as it can be read back by its id alone. */
export interface BundleOutline {
  readonly steps: readonly { readonly id: string; readonly hash: Digest }[];
  readonly verify: readonly VerifyCheck[];
  readonly slots: readonly Slot[];
}

/** The text whose sha256 is a bundle's id. */
export const bundlePreimage = ({ steps, verify, slots }: BundleOutline): string =>
  preimage(documentDomains.bundle, { steps: steps.map(({ id, hash }) => ({ id, hash })), verify, slots });

/** The text whose sha256 is a step's hash. */
export const stepPreimage = ({ intent }: Pick<StepRecord, 'intent'>): string =>
  preimage(documentDomains.step, intent);

/** A verification. `from` is `outside` (a site worker), `inside`, or another machine's name. */
export type VerifyCheck = VerifyTcp | VerifyHttp | VerifyCommand;

interface VerifyCommon {
  /** e.g. `tcp:5432`, `http:/healthz`, `command:db answers from here`. */
  readonly id: string;
  readonly from: string;
  /** How long it may take to become true, ms. */
  readonly withinMs: number;
}
export interface VerifyTcp extends VerifyCommon {
  readonly type: 'tcp';
  readonly port: number;
}
export interface VerifyHttp extends VerifyCommon {
  readonly type: 'http';
  readonly port: number;
  readonly path: string;
  readonly status: number;
}
export interface VerifyCommand extends VerifyCommon {
  readonly type: 'command';
  readonly run: string;
  readonly as?: string;
  /** Values may hold slot tokens. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Bundle {
  readonly id: BundleId;
  readonly steps: readonly Step[];
  readonly verify: readonly VerifyCheck[];
  readonly slots: readonly Slot[];
}
