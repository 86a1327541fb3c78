import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeHost } from '../support/host.js';
import { startServer } from '../support/server.js';
import { startOnPostgres } from '../support/temporalOnPostgres.js';
import { findPrograms } from '../support/temporalPrograms.js';
import { measureSize, type Options, type SizeReport } from './measure.js';
import { describeSize, documentOf, verdicts } from './report.js';

const usage = `npm run bench:rollout -- [options]
  --machines N,N,...       machines per rollout (default 10,100,1000)
  --window N               machines at a time (default 100)
  --server KIND            dev (default): Temporal's dev server; postgres: the real one on PostgreSQL
  --temporal-server PATH   the real one's program, temporal-sql-tool beside it; else it is built with go, once
  --reference              the plain reference beside every size (default: up to 1000 machines)
  --no-reference           beside none
  --json FILE              also write the figures to FILE`;

const { values } = parseArgs({
  allowNegative: true,
  options: {
    machines: { type: 'string', default: '10,100,1000' },
    window: { type: 'string', default: '100' },
    server: { type: 'string', default: 'dev' },
    'temporal-server': { type: 'string' },
    reference: { type: 'boolean' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  if (values.help) return say(usage);
  const sizes = values.machines.split(',').map(Number);
  const window = Number(values.window);
  const valid = [...sizes, window].every((one) => Number.isInteger(one) && one > 0);
  if (!valid || !['dev', 'postgres'].includes(values.server)) {
    process.exitCode = 2;
    return say(`--machines and --window take numbers, --server takes dev or postgres.\n\n${usage}`);
  }
  const start = await starter();
  if (start === undefined) return;
  const dir = mkdtempSync(join(tmpdir(), 'mw-r-'));
  try {
    await measure(sizes, { dir, window, referenceUpTo: referenceUpTo(), start });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function referenceUpTo(): number {
  if (values.reference === undefined) return 1000;
  return values.reference ? Number.POSITIVE_INFINITY : 0;
}

/** Undefined, and said why: the real server's programs are not to be had. */
async function starter(): Promise<typeof startServer | undefined> {
  if (values.server === 'dev') return startServer;
  try {
    const programs = await findPrograms(values['temporal-server'], say);
    return (dir) => startOnPostgres(dir, programs);
  } catch (error) {
    const { message, cause } = error as Error;
    process.exitCode = 1;
    say(cause instanceof Error ? `${message}\n${cause.message}` : message);
    return undefined;
  }
}

async function measure(machines: readonly number[], options: Options): Promise<void> {
  const host = await describeHost();
  const facts = Object.entries(host).map((entry) => entry.join(' '));
  say([`server ${values.server}`, ...facts].join(', '));
  if (Number(host.load) > Number(host.cores))
    say('Other work loads this machine: trust the ratios and CPU times, not the times.');
  const sizes: SizeReport[] = [];
  for (const size of machines) {
    const dir = join(options.dir, String(size));
    mkdirSync(dir);
    const report = await measureSize(size, { ...options, dir });
    say(describeSize(report));
    sizes.push(report);
    // Written after each size: the largest takes long, and what was measured before stays.
    if (values.json !== undefined)
      writeFileSync(values.json, `${JSON.stringify(documentOf(host, values.server, sizes), null, 2)}\n`);
  }
  for (const line of verdicts(sizes)) say(line);
}

await main();
