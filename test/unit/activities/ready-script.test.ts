import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { guestSignals, parseReport } from '../../../src/activities/signals.js';

const script = readFileSync(new URL('../../../src/activities/ready.sh', import.meta.url), 'utf8');

describe('the script that asks a guest', () => {
  it.each([
    ['sh', ['-s', '/nowhere']],
    ['busybox', ['sh', '-s', '/nowhere']],
  ])('is answered by a real machine through %s', (shell, args) => {
    const report = parseReport(execFileSync(shell, args, { input: script, encoding: 'utf8' }));
    expect(report.boot).toMatch(/^[0-9a-f-]{36}$/);
    expect(Number(report.disk)).toBeGreaterThan(0);
    const clock = guestSignals(report, Date.now() / 1000).find(({ source }) => source === 'clock');
    expect(clock?.state).toBe('ok');
  });
});
