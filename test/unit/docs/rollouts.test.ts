import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as messages from '../../../src/workflows/messages.js';

const page = readFileSync(new URL('../../../docs/rollouts.md', import.meta.url), 'utf8');

/** What the page tells people to type, as name and argument. */
const bare = [...page.matchAll(/--name (\w+) --input '([^']*)'/g)].map(
  ([, name = '', input = '']) => [name, JSON.parse(input) as Record<string, unknown>] as const,
);
const updates = Object.values(messages).flatMap((one) =>
  'type' in one && one.type === 'update' ? [one.name] : [],
);
const signals = Object.values(messages).flatMap((one) =>
  'type' in one && one.type === 'signal' ? [one.name] : [],
);

describe('docs/rollouts.md', () => {
  it('has a bare temporal command for everything that a rollout can be asked without a signature', () => {
    const named = new Set(bare.map(([name]) => name));
    expect([...named].sort()).toEqual(updates.filter((name) => name !== 'vote').sort());
  });

  it('names nothing that is not also a signal', () => {
    for (const [name] of bare) expect(signals).toContain(name);
  });

  it('says in each who asks', () => {
    for (const [name, input] of bare) expect(input, name).toHaveProperty('by');
  });
});
