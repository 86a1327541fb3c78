import type { Duplex } from 'node:stream';
import { jumpRefused } from './failures.js';
import type { Link } from './link.js';
import type { SshTarget } from './port.js';

/** Connections to jump hosts, each shared by all machines behind it. */
export class Jumps {
  private readonly links = new Map<string, Promise<Link>>();

  /** `dial` logs in to a jump host, through those before it. */
  constructor(private readonly dial: (jump: SshTarget) => Promise<Link>) {}

  /** A stream to a port of the target's host, from its last jump host. */
  async open(target: SshTarget, port = target.port): Promise<Duplex> {
    const last = target.via?.at(-1);
    if (last === undefined) throw new Error(`${target.host} is behind no jump host`);
    const link = await this.link({ ...last, via: target.via?.slice(0, -1) });
    return new Promise((resolve, reject) => {
      link.client.forwardOut('127.0.0.1', 0, target.host, port, (error, channel) =>
        error ? reject(jumpRefused(last, target.host, port, error)) : resolve(channel),
      );
    });
  }

  close(): void {
    for (const link of this.links.values()) link.then((one) => one.end()).catch(() => undefined);
    this.links.clear();
  }

  private link(jump: SshTarget): Promise<Link> {
    const known = this.links.get(jump.poolKey);
    if (known) return known;
    const link = this.dial(jump);
    const forget = (): void => {
      if (this.links.get(jump.poolKey) === link) this.links.delete(jump.poolKey);
    };
    this.links.set(jump.poolKey, link);
    link.then((one) => one.client.once('close', forget), forget);
    return link;
  }
}
