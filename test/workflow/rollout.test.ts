import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Lab } from '../support/lab.js';

describe('a rollout', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab?.close());
  beforeEach(() => lab.fresh());

  it('creates, proves, provisions and verifies machines, group after group', async () => {
    const fleet = lab.fleet([
      { group: 'db', count: 1 },
      { group: 'web', count: 2, after: ['db'] },
    ]);
    const result = await (await lab.up(fleet)).result();
    expect(result).toMatchObject({ run: 1, outcome: 'succeeded', counts: { applied: 3 } });
    expect(lab.site.ledger[0]).toBe('create db-1');
    expect(lab.site.ledger.slice(1).sort()).toEqual(['create web-1', 'create web-2']);
  });
});
