/** A slot's value on its way to a target: `fingerprint` is what receipts and `once` record in its stead. */
export interface SlotValue {
  readonly name: string;
  /** Secrets are masked in output; an address isn't. */
  readonly secret: boolean;
  /** Keyed, e.g. `hmac-sha256:<16 hex>`; no white space. */
  readonly fingerprint: string;
  /** Any bytes but NUL. */
  readonly value: string | Uint8Array;
}

/**
 * The frame that `start` reads from standard input: a line per slot, `slot NAME secret|plain FINGERPRINT BASE64`, then
 * `end`, so that a connection cut half-way is noticed. Without slots the frame is empty.
 */
export function encodeSlots(slots: readonly SlotValue[]): Uint8Array {
  if (slots.length === 0) return new Uint8Array();
  return Buffer.from(`${['millwright-slots 1', ...slots.map(slotLine), 'end'].join('\n')}\n`);
}

function slotLine({ name, secret, fingerprint, value }: SlotValue): string {
  const bytes = Buffer.from(value);
  if (bytes.includes(0)) throw new RangeError(`slot ${name} holds a NUL byte, which no shell can carry`);
  if (!/^[A-Za-z0-9_.-]+$/.test(name)) throw new RangeError(`slot name ${JSON.stringify(name)} is not plain`);
  if (!/^[\x21-\x7e]+$/.test(fingerprint)) throw new RangeError(`fingerprint of slot ${name} is not plain`);
  return `slot ${name} ${secret ? 'secret' : 'plain'} ${fingerprint} ${bytes.toString('base64') || '-'}`;
}
