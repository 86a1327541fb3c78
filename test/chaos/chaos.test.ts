import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

describe('a campaign of chaos', () => {
  it('finds no violation in a hundred and fifty schedules', () => {
    const run = fileURLToPath(new URL('./run.js', import.meta.url));
    const { status, stdout } = spawnSync(process.execPath, [run, '--seed', '1', '--runs', '150'], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    expect(stdout).toContain('150 schedules');
    expect(stdout.slice(-20_000)).toContain('No violation.');
    expect(status).toBe(0);
  }, 1_800_000);
});
