import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parsePublicKey } from './keys.js';

/** Types in the order in which one is chosen. */
const preferred = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
];

/** Text of all that are there, the first one first. */
export const readKnownHosts = (files: readonly string[]): string =>
  files
    .map((file) => {
      try {
        return readFileSync(file, 'utf8');
      } catch {
        return '';
      }
    })
    .join('\n');

/**
 * Key lines (`type base64`) that known_hosts text has for a host, the best type first; hashed names, patterns and
 * `[host]:port` as ssh reads them. A revoked key is never among them; certificate authorities say nothing of one host.
 */
export function knownHostKeys(text: string, host: string, port: number): string[] {
  const name = port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
  const keys = new Set<string>();
  const revoked = new Set<string>();
  for (const line of text.split('\n')) {
    const [first = '', ...rest] = line.trim().split(/\s+/);
    if (first === '' || first.startsWith('#') || first === '@cert-authority') continue;
    const [names = '', type = '', blob = ''] = first === '@revoked' ? rest : [first, ...rest];
    if (!matches(names, name) || !isKey(type, blob)) continue;
    (first === '@revoked' ? revoked : keys).add(`${type} ${blob}`);
  }
  const rank = (key: string): number => preferred.indexOf(key.split(' ')[0] ?? '');
  return [...keys].filter((key) => !revoked.has(key) && rank(key) >= 0).sort((a, b) => rank(a) - rank(b));
}

function isKey(type: string, blob: string): boolean {
  try {
    return parsePublicKey(`${type} ${blob}`).type === type;
  } catch {
    return false;
  }
}

/** A list of patterns, of which a negated one that fits says no; or one hashed name. */
function matches(names: string, name: string): boolean {
  if (names.startsWith('|1|')) return matchesHash(names, name);
  const patterns = names.toLowerCase().split(',');
  const fits = (pattern: string): boolean => globOf(pattern).test(name);
  if (patterns.some((one) => one.startsWith('!') && fits(one.slice(1)))) return false;
  return patterns.some((one) => !one.startsWith('!') && fits(one));
}

function matchesHash(hashed: string, name: string): boolean {
  const [, , salt = '', digest = ''] = hashed.split('|');
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === digest;
}

const globOf = (pattern: string): RegExp => {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`);
};
