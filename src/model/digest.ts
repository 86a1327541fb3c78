import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import canonicalize from 'canonicalize';

/** 64 lower-case hex digits of a sha256. */
export type Digest = string;

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/** RFC 8785 JSON: equal values give equal text, whatever their key order. */
export function canonicalJson(value: unknown): string {
  const text = (canonicalize as unknown as (value: unknown) => string | undefined)(value);
  if (text === undefined) throw new TypeError('value has no JSON form');
  return text;
}

export function sha256Hex(data: string | Uint8Array): Digest {
  return bytesToHex(sha256(typeof data === 'string' ? utf8ToBytes(data) : data));
}

/** The exact text a typed digest is taken of: `<domain>\n<RFC 8785 JSON>`. */
export function preimage(domain: string, value: unknown): string {
  return `${domain}\n${canonicalJson(value)}`;
}

/** sha256 of a value under a domain such as `millwright.plan.v1`, so that two kinds of document never share a digest. */
export function digestOf(domain: string, value: unknown): Digest {
  return sha256Hex(preimage(domain, value));
}
