/**
 * Causes that callers must tell apart: MW-SSH-REFUSED, -TIMEOUT, -CLOSED (unreachable, retryable), -AUTH, -HOSTKEY,
 * -SHELL, -SPACE, -UPLOAD (machine), -KEY (a key we were given can't be read).
 */
export interface SshTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** OpenSSH public key line the host must prove; there is no trust on first use. */
  readonly hostKey: string;
  /** PEM or OpenSSH private key. */
  readonly privateKey: string;
  /** Pool key: sessions of one machine instance share a connection. */
  readonly poolKey: string;
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
  forget(poolKey: string): void;
  close(): Promise<void>;
}
