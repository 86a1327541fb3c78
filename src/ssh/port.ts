import type { MachineConnection } from '../model/index.js';

/**
 * Causes that callers must tell apart: MW-SSH-REFUSED, -TIMEOUT, -CLOSED (unreachable, retryable), -AUTH, -HOSTKEY,
 * -SHELL, -SPACE, -UPLOAD (machine), -KEY (a key we were given can't be read); -BECOME-* (machine): root can't be had.
 */
export interface SshTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** OpenSSH public key line the host must prove; there is no trust on first use. */
  readonly hostKey: string;
  /** PEM or OpenSSH private key: the only way to log in, where `ways` says nothing. */
  readonly privateKey?: string;
  /** Ways to log in, in the order in which they are tried. */
  readonly ways?: readonly LoginWay[];
  /** How commands become root's; undefined: the user is root. */
  readonly become?: BecomeRoot;
  /** Jump hosts, the first one first. */
  readonly via?: readonly SshTarget[];
  /** Worth telling when no way leads in: what could have been tried and was not. */
  readonly notes?: readonly string[];
  /** Pool key: sessions of one machine instance share a connection. */
  readonly poolKey: string;
}

/** `name` is for people. An agent's socket is a path. */
export type LoginWay =
  | { readonly kind: 'key'; readonly name: string; readonly privateKey: string }
  | { readonly kind: 'agent'; readonly socket: string }
  | { readonly kind: 'password'; readonly password: string };

export interface BecomeRoot {
  readonly how: 'sudo' | 'doas';
  readonly password?: string;
}

export interface ExecResult {
  readonly code: number | null;
  readonly signal?: string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ExecOptions {
  readonly stdin?: Uint8Array | string;
  /** An abort rejects with its reason. The command loses its pipes; sshd doesn't kill it. */
  readonly signal?: AbortSignal;
  /** Longest silence of the remote side before MW-SSH-TIMEOUT, ms. */
  readonly idleMs?: number;
  /** How standard output begins where our command itself says that it failed: then nobody doubts that a shell ran it. */
  readonly proof?: string;
  /** Called per complete line of standard output, for following. */
  readonly onLine?: (line: string) => void;
  /** Cap on kept stdout and stderr each, bytes; the rest is dropped from the front. Default 1 MiB. */
  readonly maxBytes?: number;
}

export interface SshSession {
  /** What the machine calls itself, e.g. `SSH-2.0-OpenSSH_9.2p1 Debian-2`; its host key was proven. */
  readonly banner: string;
  /** Runs argv (quoted by ssh/quote.ts) in the login shell. A non-zero exit is a result, not an error. */
  exec(argv: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  /** Writes bytes to a path atomically (temporary file, rename), mode octal text. */
  upload(path: string, bytes: Uint8Array, mode: string): Promise<void>;
}

export interface SessionOptions {
  /** Ends the wait for the connection; commands take their own. */
  readonly signal?: AbortSignal;
  /** On a connection of its own, made now and ended after `use`: proof that one can still be made. */
  readonly fresh?: boolean;
}

export interface SshPool {
  /** Runs `use` on a pooled connection; one handshake per machine and pool lifetime while it lives. */
  withSession<T>(
    target: SshTarget,
    use: (session: SshSession) => Promise<T>,
    options?: SessionOptions,
  ): Promise<T>;
  /** The banner and host key offered, without login; MW-SSH-HOSTKEY carries both fingerprints. */
  probe(target: SshTarget, timeoutMs: number): Promise<{ banner: string }>;
  /** Where a port of the target's host is reached from here: directly, or forwarded through its jump hosts. */
  forward(
    target: SshTarget,
    port: number,
  ): Promise<{ readonly host: string; readonly port: number; release(): Promise<void> }>;
  forget(poolKey: string): void;
  close(): Promise<void>;
}

/** What else a login to a machine that exists already needs. */
export interface LoginMore {
  readonly poolKey: string;
  /** The site's own private key, tried last. */
  readonly siteKey?: string;
  /** Of the login, and of sudo. */
  readonly password?: string;
}

/** Ways to machines that exist already, as the site's user has them. */
export interface Logins {
  /** MW-SSH-KEY, MW-SSH-CONFIG (a file can't be used), MW-SSH-JUMP (nothing says which host key a jump host has). */
  target(connection: MachineConnection, more: LoginMore): Promise<SshTarget>;
}
