import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeHost } from '../support/host.js';
import { type BootReport, type ImageName, measureBoot } from './boot.js';
import { measureOrchestration, type OrchestrationReport } from './orchestration.js';

const usage = `npm run bench:lifecycle -- [options]
  --json FILE            also write the figures to FILE
  --only PART            boot or orchestration
  --image NAME           micro (default) or debian, for boot
  --pairs N              boots of each kind (default 5)
  --sizes N,N,...        machines per rollout (default 10,100,1000)
  --window N             machines at a time (default 100)`;

const parts = ['boot', 'orchestration'];
const images: readonly string[] = ['micro', 'debian'] satisfies ImageName[];

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    only: { type: 'string' },
    image: { type: 'string', default: 'micro' },
    pairs: { type: 'string', default: '5' },
    sizes: { type: 'string', default: '10,100,1000' },
    window: { type: 'string', default: '100' },
    help: { type: 'boolean', default: false },
  },
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  if (values.help) return say(usage);
  const { only, image } = values;
  const known = (only === undefined || parts.includes(only)) && images.includes(image);
  if (!known) throw new Error(`--only takes ${parts.join(' or ')}, --image takes ${images.join(' or ')}`);
  const dir = mkdtempSync(join(tmpdir(), 'mw-b-'));
  try {
    const host = await describeHost();
    say(
      Object.entries(host)
        .map((entry) => entry.join(' '))
        .join(', '),
    );
    if (Number(host.load) > Number(host.cores))
      say('Other work loads this machine: trust the ratios, not the times.');
    const boot = values.only === 'orchestration' ? undefined : await runBoot(dir);
    const orchestration = values.only === 'boot' ? undefined : await runOrchestration(dir);
    if (values.json !== undefined)
      writeFileSync(values.json, `${JSON.stringify(documentOf(host, boot, orchestration), null, 2)}\n`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function runBoot(dir: string): Promise<BootReport> {
  const report = await measureBoot(dir, values.image as ImageName, Number(values.pairs), say);
  say(`create → ready against the bare boot (${report.image}): ${report.ratio}, goal ≤ 1.05`);
  return report;
}

async function runOrchestration(dir: string): Promise<OrchestrationReport> {
  const sizes = values.sizes.split(',').map(Number);
  const report = await measureOrchestration(dir, sizes, Number(values.window), say);
  const { life, aligned, reference } = report.growth;
  say(
    `growth from the smallest to the largest: life ${life}, aligned ${aligned}, reference ${reference}; goal ≤ 1.25`,
  );
  say(`history of one machine: ${JSON.stringify(report.history)}`);
  return report;
}

/** The two figures that budgets are compared with come first, by these names. */
function documentOf(
  host: Record<string, unknown>,
  boot: BootReport | undefined,
  orchestration: OrchestrationReport | undefined,
) {
  const perMachine = (kind: 'life' | 'aligned' | 'reference') =>
    Object.fromEntries(orchestration?.sizes.map((one) => [one.machines, one[kind].wall]) ?? []);
  return {
    createToReadyVsBareBoot: boot?.ratio,
    orchestrationMsPerMachine: orchestration && perMachine('life'),
    alignedMsPerMachine: orchestration && perMachine('aligned'),
    referenceMsPerMachine: orchestration && perMachine('reference'),
    boot,
    orchestration,
    host,
  };
}

await main();
