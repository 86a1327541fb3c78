/** A number in [0, 1) that depends on nothing but its key: what happens in one schedule never moves another's dice. */
export function keyed(...key: readonly (string | number)[]): number {
  const text = key.join('\u0000');
  let h1 = 0xdeadbeef;
  let h2 = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const ch = text.charCodeAt(i);
    h1 = Math.imul(h1 ^ ch, 2654435761);
    h2 = Math.imul(h2 ^ ch, 1597334677);
  }
  h1 = Math.imul(h1 ^ (h1 >>> 16), 2246822507) ^ Math.imul(h2 ^ (h2 >>> 13), 3266489909);
  h2 = Math.imul(h2 ^ (h2 >>> 16), 2246822507) ^ Math.imul(h1 ^ (h1 >>> 13), 3266489909);
  return (4294967296 * (2097151 & h2) + (h1 >>> 0)) / 2 ** 53;
}

/** Dice of one place: each roll has a name, so that a new one leaves the others as they were. */
export class Dice {
  constructor(private readonly key: readonly (string | number)[]) {}

  of(...more: readonly (string | number)[]): Dice {
    return new Dice([...this.key, ...more]);
  }
  roll(name: string): number {
    return keyed(...this.key, name);
  }
  chance(name: string, probability: number): boolean {
    return this.roll(name) < probability;
  }
  /** Whole number from `low` to `high`, both included. */
  between(name: string, low: number, high: number): number {
    return low + Math.floor(this.roll(name) * (high - low + 1));
  }
  pick<T>(name: string, choices: readonly T[]): T {
    return choices[this.between(name, 0, choices.length - 1)] as T;
  }
  /** `[choice, weight]` */
  weighted<T>(name: string, choices: readonly (readonly [T, number])[]): T {
    let at = this.roll(name) * choices.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [choice, weight] of choices) {
      at -= weight;
      if (at < 0) return choice;
    }
    return choices.at(-1)?.[0] as T;
  }
}
