// `npm run chaos:real -- --kills N --seed N`: the campaign on real machines, which CI runs with ten deaths.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
});
const { status } = spawnSync('npx', ['vitest', 'run', 'test/integration/chaos/real.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, MILLWRIGHT_CHAOS_KILLS: values.kills, MILLWRIGHT_CHAOS_SEED: values.seed },
});
process.exit(status ?? 1);
