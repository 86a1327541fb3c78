import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateEd25519 } from '../../../src/ssh/index.js';
import { knownHostKeys } from '../../../src/ssh/knownHosts.js';

const key = (): string => generateEd25519().publicKey.split(' ').slice(0, 2).join(' ');
const [a, b] = [key(), key()];
const rsa = 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB';

const hashed = (name: string): string => {
  const salt = Buffer.from('twenty bytes of salt');
  const digest = createHmac('sha1', salt).update(name).digest('base64');
  return `|1|${salt.toString('base64')}|${digest}`;
};

describe('known_hosts', () => {
  it.each([
    ['a name', `box ${a}`, 'box', 22, [a]],
    ['a name in another case', `Box ${a}`, 'bOX', 22, [a]],
    ['another name', `box ${a}`, 'box2', 22, []],
    ['a port of its own', `[box]:2222 ${a}`, 'box', 2222, [a]],
    ['the usual port only', `box ${a}`, 'box', 2222, []],
    ['several names', `one,box,192.0.2.1 ${a} a comment`, 'box', 22, [a]],
    ['a pattern', `*.shop.example ${a}`, 'web.shop.example', 22, [a]],
    ['a pattern that leaves one out', `*.shop.example,!web.shop.example ${a}`, 'web.shop.example', 22, []],
    ['a hashed name', `${hashed('box')} ${a}`, 'box', 22, [a]],
    ['a hashed name with its port', `${hashed('[box]:2222')} ${a}`, 'box', 2222, [a]],
    ['a certificate authority, which is no key of a host', `@cert-authority * ${a}`, 'box', 22, []],
    ['a revoked key, wherever it stands', `box ${a}\n@revoked * ${a}\nbox ${b}`, 'box', 22, [b]],
    ['the best type first', `box ${rsa}\nbox ${a}`, 'box', 22, [a, rsa]],
    ['no key that is cut off', `box ssh-ed25519 AAAA`, 'box', 22, []],
    ['comments and empty lines', `\n# box ${a}\n`, 'box', 22, []],
  ])('is read for %s', (_, text, host, port, keys) => {
    expect(knownHostKeys(text, host, port)).toEqual(keys);
  });
});
