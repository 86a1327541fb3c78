import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rulesText } from '../../../src/resources/firewallRules.js';

const wanted = { id: 'firewall:input', policy: 'drop', allow: [], sshPort: 22 } as const;

describe('the rules of a firewall', () => {
  it('replace our table at once, and allow answers, ourselves and our way in first', () => {
    const lines = rulesText(wanted).split('\n');
    expect(lines.slice(1, 4)).toEqual([
      'table inet millwright',
      'delete table inet millwright',
      'table inet millwright {',
    ]);
    expect(lines).toContain('    tcp dport 22 accept');
    expect(lines).toContain('    ct state established,related accept');
  });

  it.each([
    '10.0.0.0/8; flush ruleset',
    '256.1.1.1',
    '10.0.0.0/33',
    'fd00::/129',
    '}',
    '',
    'any',
    '1.2.3.4 accept',
  ])('refuse %j as a source', (from) =>
    expect(() => rulesText({ ...wanted, allow: [{ protocol: 'tcp', port: 80, from }] })).toThrow(
      /not a valid name/,
    ),
  );

  it.each(['0', '80; drop', '8100-8000', '70000', 0, 65_536])('refuse %j as a port', (port) =>
    expect(() => rulesText({ ...wanted, allow: [{ protocol: 'tcp', port }] })).toThrow(/not a valid name/),
  );

  it('name no table but ours, whatever a source or port holds', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (from, port) => {
        let text = '';
        try {
          text = rulesText({ ...wanted, allow: [{ protocol: 'tcp', port, from }] });
        } catch {
          return;
        }
        expect(text.match(/table \S+ \S+/g)).toEqual(Array(3).fill('table inet millwright'));
        expect(text.split('\n').length).toBe(rulesText(wanted).split('\n').length + 1);
      }),
    );
  });
});
