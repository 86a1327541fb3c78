import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../../src/manifest/index.js';
import { loaded, minimal, withFiles } from './helpers.js';

const warned = (vars: string) =>
  withFiles({ 'fleet.yaml': `${minimal}vars:\n  x: ${vars}\n` }, async (dir) =>
    (await loaded(dir)).warnings.map((warning) => [warning.message, warning.remedy].join(' ')),
  );

describe('warnings', () => {
  it.each([
    ['yes', 'yes is text in YAML 1.2; tools of YAML 1.1 read a boolean. Write "yes".'],
    ['Off', 'Off is text in YAML 1.2; tools of YAML 1.1 read a boolean. Write "Off".'],
    ['1:30', '1:30 is text in YAML 1.2; tools of YAML 1.1 read a number in base 60. Write "1:30".'],
    ['1_000', '1_000 is text in YAML 1.2; tools of YAML 1.1 read a number. Write "1_000".'],
    ['2026-07-01', '2026-07-01 is text in YAML 1.2; tools of YAML 1.1 read a date. Write "2026-07-01".'],
    [
      '0644',
      '0644 is the number 644: YAML 1.2 has no octal with a leading zero. Write 644, or "0644" for the text.',
    ],
    ['1.20', '1.20 is read as the number 1.2. Write 1.2, or "1.20" for the text.'],
    ['0x1f', '0x1f is read as the number 31. Write 31, or "0x1f" for the text.'],
  ])('%s is read otherwise elsewhere', async (written, message) => {
    expect(await warned(written)).toEqual([message]);
  });

  it.each(['"yes"', "'0644'", 'true', '15', '1.5', 'noon', '10.77.0.10', '|\n    yes'])(
    '%s is not',
    async (written) => {
      expect(await warned(written)).toEqual([]);
    },
  );

  it('a key is read otherwise too', async () => {
    await withFiles({ 'fleet.yaml': `${minimal}vars: {on: 1}\n` }, async (dir) => {
      expect((await loaded(dir)).warnings.map(formatProblem)).toEqual([
        'fleet.yaml:5:8  vars.on\n    on is text in YAML 1.2; tools of YAML 1.1 read a boolean.\n    Write "on".',
      ]);
    });
  });

  it('name what no group uses', async () => {
    const text = `${minimal}images: {micro: {build: micro}}\nnetworks: {net: {cidr: 10.0.0.0/24}}\nconfigs: {base: {}}\n`;
    await withFiles({ 'fleet.yaml': text }, async (dir) => {
      expect((await loaded(dir)).warnings.map((warning) => warning.message)).toEqual([
        'No group of this environment uses images.micro.',
        'No group of this environment uses networks.net.',
        'No group of this environment uses configs.base.',
      ]);
    });
  });
});
