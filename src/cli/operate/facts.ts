import { columns } from '../../report/index.js';
import { emitOperated, type OperateDocument, operateDocument } from './document.js';
import { choose, type Desk, operate, type Selection } from './operate.js';

/** What machines say of themselves: the facts that `when` may ask for. */
export async function showFacts(desk: Desk, selection: Selection): Promise<number> {
  const chosen = await choose(desk, selection);
  const outcome = await operate(desk, chosen, { kind: 'facts' }, selection.maxParallel);
  return emitOperated(desk.context, await operateDocument(desk, 'facts', outcome), factsText);
}

const factsText = ({ machines }: OperateDocument): string =>
  machines
    .flatMap(({ machine, facts }) => (facts ? [[machine, ...columns(rowsOf(facts))].join('\n')] : []))
    .join('\n\n');

const rowsOf = (facts: Readonly<Record<string, unknown>>): string[][] =>
  Object.entries(facts).map(([name, value]) => [
    `  ${name}`,
    Array.isArray(value) ? value.join(' ') : String(value),
  ]);
