import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson, type Vote, voteNamespace, voteText } from '../../../src/model/index.js';

/** Real keys, made and used by the real ssh-keygen. */
export class Keys {
  private readonly dir = mkdtempSync(join(tmpdir(), 'mw-keys-'));

  /** Makes a key pair; its public line. */
  make(name: string, type = 'ed25519'): string {
    this.run('-q', '-t', type, '-N', '', '-C', `${name}@shop.example`, '-f', this.path(name));
    return readFileSync(this.path(`${name}.pub`), 'utf8').trim();
  }

  /** A certificate of a key by an authority of its own: its line. */
  certify(name: string): string {
    this.make('authority');
    this.run('-q', '-s', this.path('authority'), '-I', name, '-n', name, this.path(`${name}.pub`));
    return readFileSync(this.path(`${name}-cert.pub`), 'utf8').trim();
  }

  path = (name: string): string => join(this.dir, name);

  sign(name: string, text: string, namespace = voteNamespace): string {
    return this.run('-Y', 'sign', '-q', '-n', namespace, '-f', this.path(name), text);
  }

  dispose = (): void => rmSync(this.dir, { recursive: true });

  /** What is signed goes to standard input, as the last argument. */
  private run(...args: string[]): string {
    const input = args.includes('sign') ? args.pop() : undefined;
    return execFileSync('ssh-keygen', args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] });
  }
}

export const change = {
  ...{ id: '01JD0000000000000000000042', fleet: 'shop', fleetUid: '01JD00000000000000000SHOP0' },
  ...{ environment: 'prod', plan: 'a'.repeat(64), startedBy: 'runner' },
};

export const now = new Date('2026-03-04T10:00:00Z');
export const expires = '2026-03-04T11:00:00Z';

/** A vote on that change as its voter would send it. */
export function vote(
  keys: Keys,
  signer: string,
  more: Partial<Vote> = {},
  over: Partial<typeof change> = {},
): Vote {
  const unsigned = {
    ...{ id: '01JD0000000000000000000001', gate: 'rollout', planDigest: change.plan, principal: signer },
    ...{ decision: 'approve' as const, expires },
    ...more,
  };
  const text = canonicalJson(voteText({ ...change, ...over }, unsigned));
  return {
    ...unsigned,
    sshsig: keys.sign(signer, text),
    ...(more.sshsig !== undefined && { sshsig: more.sshsig }),
  };
}
