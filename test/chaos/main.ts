import { parseArgs } from 'node:util';
import { Campaign, type Options, type Violation } from './campaign.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '300' },
    most: { type: 'string', default: '3' },
    only: { type: 'string' },
    'at-once': { type: 'string', default: '50' },
    workers: { type: 'string', default: '2' },
    'no-kills': { type: 'boolean', default: false },
    'replay-machines': { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});

const only = values.only === undefined ? undefined : Number(values.only);
const options: Options = {
  seed: Number(values.seed),
  from: only ?? 1,
  runs: only === undefined ? Number(values.runs) : 1,
  atOnce: Number(values['at-once']),
  workers: Number(values.workers),
  kills: !values['no-kills'],
  replaysMachines: values['replay-machines'],
  most: Number(values.most),
};
const began = Date.now();
const seconds = (): string => `${((Date.now() - began) / 1000).toFixed(0)} s`;
const campaign = new Campaign(options, report, (text) => values.verbose && console.error(text));
const ticker = setInterval(() => {
  const kills = campaign.counts.get('worker killed') ?? 0;
  console.log(
    `${seconds()}  ${campaign.done} of ${options.runs} schedules, ${kills} workers killed, ${campaign.found.length} violated`,
  );
}, 10_000);

let isGivenUp = false;
const giveUp = (): void => {
  isGivenUp = true;
  for (const one of campaign.unfinished()) report(one);
  campaign.abort();
};
process.once('SIGINT', giveUp);
process.once('SIGTERM', giveUp);
await campaign.run().finally(() => clearInterval(ticker));
console.log(`seed ${options.seed}: ${campaign.done} schedules in ${seconds()}`);
for (const [kind, count] of [...campaign.counts].sort()) console.log(`  ${kind.padEnd(28)} ${count}`);
console.log(
  campaign.found.length === 0 ? 'No violation.' : `${campaign.found.length} schedules violated an invariant.`,
);
process.exit(campaign.found.length > 0 ? 1 : isGivenUp ? 130 : 0);

function report({ schedule, violations, timeline }: Violation): void {
  console.log(`\nVIOLATION  seed ${options.seed}  schedule ${schedule}`);
  for (const line of timeline) console.log(`  ${line}`);
  for (const violation of violations) console.log(`✖ ${violation}`);
  if (schedule >= 0) console.log(`Replay     npm run chaos -- --seed ${options.seed} --only ${schedule}`);
}
