/** An observation with its source, value and time; readiness and verification are made of it. */
export interface Evidence {
  /** e.g. `provider`, `ssh banner`, `boot id`, `systemd`, `clock`, `disk`, `console`, `tcp:5432`. */
  readonly source: string;
  readonly ok: boolean;
  readonly value: string;
  /** RFC 3339 UTC. */
  readonly at: string;
}
