import type { PlanItem } from '../report/index.js';
import type { Prepared } from './prepare.js';
import type { Stores } from './stores.js';

/** Machine to the differences between the bundle it was admitted to and the one planned for it. */
export async function bundleItems(
  _stores: Stores,
  _prepared: Prepared,
): Promise<ReadonlyMap<string, readonly PlanItem[]>> {
  return new Map();
}
