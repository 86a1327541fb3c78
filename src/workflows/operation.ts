import type { Operation } from '../activities/types.js';

/** Whether nothing else may work on the machine meanwhile. */
export const disturbs = ({ kind }: Operation): boolean => kind === 'power' || kind === 'snapshot';

/** A second reboot is one that nobody asked for; on, off, and a name's snapshot are states. */
export const isRepeatable = (operation: Operation): boolean =>
  operation.kind !== 'power' || operation.order === 'on' || operation.order === 'off';

export type HoldOperation = Extract<Operation, { kind: 'hold' | 'release' }>;

/** Whether it is done on the machine itself instead of at its provider. */
export const isInside = ({ kind }: Operation): boolean =>
  ['hold', 'release', 'facts', 'purge'].includes(kind);

export const isHold = (operation: Operation): operation is HoldOperation =>
  operation.kind === 'hold' || operation.kind === 'release';

/** `power off`, `snapshot create before-upgrade`: for people in the UI. */
export function wordsOf(operation: Operation): string {
  if (operation.kind === 'power') return `power ${operation.order}`;
  if (operation.kind === 'snapshot') return `snapshot ${operation.order} ${operation.name}`;
  return operation.kind;
}
