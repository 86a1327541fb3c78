// Runs vitest and closes with one line that any CI can read: `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { goOnWithSupportedNode } from './node.js';

goOnWithSupportedNode();

const dir = mkdtempSync(join(tmpdir(), 'millwright-report-'));
const report = join(dir, 'report.json');
const args = [
  'vitest',
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...process.argv.slice(2),
];
const { status } = spawnSync('npx', args, { stdio: 'inherit' });
const {
  numPassedTests = 0,
  numFailedTests = 0,
  numPendingTests = 0,
} = JSON.parse(readFileSync(report, 'utf8'));
rmSync(dir, { recursive: true });
console.log(`${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`);
process.exitCode = status ?? 1;
