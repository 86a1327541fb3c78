import type { Step } from '../model/index.js';
import { makeStep } from './step.js';
import { assertName, quoteWithSlots, slotsIn } from './text.js';
import type { ResolvedHosts } from './types.js';

/** facts: /etc/hosts. check: our block, whole. apply: our block replaced or appended. undo: pre-image. */
export function compileHosts(resource: ResolvedHosts): Step {
  const { id, entries } = resource;
  for (const { names } of entries)
    for (const name of names) assertName(name, /^[A-Za-z0-9][A-Za-z0-9.-]*$/, id);
  const block = entries.map(({ address, names }) => `${address} ${names.join(' ')}\n`).join('');
  return makeStep({
    ...{ resource, undo: 'exact', slots: slotsIn(block) },
    facts: [{ kind: 'hosts', key: '/etc/hosts' }],
    variables: {},
    extra: [`hosts_block=${quoteWithSlots(block)}`],
    intent: { block },
  });
}
