import type { Operation } from '../../activities/types.js';
import { machineList } from '../../report/index.js';
import { usageError } from '../errors.js';
import { emitOperated, operateDocument } from './document.js';
import { choose, type Desk, operate, type Selection } from './operate.js';

type Order = Extract<Operation, { kind: 'power' }>['order'];

export async function switchPower(desk: Desk, selection: Selection, order: Order): Promise<number> {
  const chosen = await choose(desk, selection);
  const guarded = chosen.filter((one) => one.row.instance?.protect).map((one) => one.machine);
  if (guarded.length > 0 && (order === 'off' || order === 'reset')) await agree(desk, guarded, order);
  const outcome = await operate(desk, chosen, { kind: 'power', order }, selection.maxParallel);
  return emitOperated(desk.context, await operateDocument(desk, `power ${order}`, outcome));
}

async function agree({ context }: Desk, guarded: readonly string[], order: Order): Promise<void> {
  const are = guarded.length === 1 ? 'is' : 'are';
  if (await context.confirm(`${machineList(guarded)} ${are} protected. Power ${order} all the same?`)) return;
  throw usageError('Nothing was done.');
}
