import type { PlanGroup, PlanStrategy } from './planRules.js';
import { count, duration } from './text.js';

/** `db (1) → web (1, soak 2m, 3), mail (2) → lb (1)`: groups between two arrows are worked on side by side. */
export function orderText(order: readonly PlanGroup[]): string {
  const depths = depthsOf(order);
  const levels = Array.from({ length: Math.max(0, ...depths.values()) + 1 }, (_, depth) =>
    order.filter((one) => depths.get(one.group) === depth).map(groupText),
  );
  return levels.map((level) => level.join(', ')).join(' → ');
}

/** How many groups each waits for, one after the other. */
function depthsOf(order: readonly PlanGroup[]): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  for (const { group, after } of order)
    depths.set(group, Math.max(-1, ...after.map((name) => depths.get(name) ?? -1)) + 1);
  return depths;
}

const groupText = ({ group, machines, strategy }: PlanGroup): string =>
  `${group} (${strategy ? strategyText(strategy) : machines})`;

/** `1, soak 2m, 25 × 4; watching error rate; 1 of a batch may fail; surge 2`. */
function strategyText({ batches, soakMs, maxFailed, surge, watch }: PlanStrategy): string {
  const soak = soakMs > 0 ? `, soak ${briefly(soakMs)}, ` : ', ';
  const parts = [
    runs(batches).join(soak) || '0',
    watch.length > 0 ? `watching ${watch.join(', ')}` : '',
    maxFailed > 0 ? `${maxFailed} of a batch may fail` : '',
    surge > 0 ? `surge ${surge}` : '',
  ];
  return parts.filter(Boolean).join('; ');
}

/** `[1, 25, 25, 25, 9]` to `1`, `25 × 3`, `9`. */
function runs(batches: readonly number[]): string[] {
  const found: { size: number; times: number }[] = [];
  for (const size of batches) {
    const last = found.at(-1);
    if (last?.size === size) last.times += 1;
    else found.push({ size, times: 1 });
  }
  return found.map(({ size, times }) => (times > 1 ? `${size} × ${times}` : `${size}`));
}

/** `2m`, `1h30m`, `20s`: a duration that people wrote. */
export const briefly = (ms: number): string =>
  duration(ms)
    .replace(/(?<=\D)00?[sm]$/, '')
    .replace(/(?<=d)0h$/, '')
    .replace('.0s', 's');

/** `at most 3 machines may fail`. */
export const budgetText = (maxFailed: number): string => `at most ${count(maxFailed, 'machine')} may fail`;
