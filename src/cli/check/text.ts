import type { FailureInfo } from '../../model/index.js';
import { columns, indent } from '../../report/index.js';
import type { CheckDocument, CheckedMachine } from './document.js';

/** Machines that differ first named alone, each with its steps; then those that are well, in one line. */
export function checkText({ machines }: CheckDocument): string {
  const unwell = machines.filter((one) => one.state !== 'aligned');
  const well = machines.filter((one) => one.state === 'aligned').map((one) => one.machine);
  return [
    ...unwell.flatMap(machineLines),
    ...(well.length === 0 ? [] : [`= ${well.join(' ')}  as assigned`]),
    '',
    summary(machines),
  ].join('\n');
}

function machineLines(one: CheckedMachine): string[] {
  const { machine, state, failure, hold, debts, differs, counts } = one;
  if (failure !== null) return failureLines(machine, failure);
  if (state === 'absent')
    return [`? ${machine}  is not there: millwright plan shows what creating it anew would do`];
  if (state === 'off') return [`? ${machine}  is powered off`];
  if (hold !== null) return [`? ${machine}  is held, so it was not compared: ${hold.reason}`];
  const ok = counts === null ? '' : `, ${counts.ok} ok`;
  const steps = differs.length === 1 ? '1 differs' : `${differs.length} differ`;
  return [
    `~ ${machine}  ${steps}${ok}`,
    ...otherHead(one),
    ...differs.flatMap((step) => stepLines(step)),
    ...(debts ?? []).map((debt) => `    ! owed: ${debt}`),
  ];
}

const failureLines = (machine: string, { code, message, remedy }: FailureInfo): string[] => [
  `? ${machine}  ${code}  ${message}`,
  ...(remedy === undefined ? [] : [`    ${remedy}`]),
];

function otherHead({ head, assigned }: CheckedMachine): string[] {
  if (head === assigned) return [];
  const said = head === null ? 'none' : head.slice(0, 8);
  return [
    `    ! it says it was admitted to bundle ${said}, the record says ${assigned?.slice(0, 8) ?? 'none'}`,
  ];
}

const stepLines = ({ step, reason, diff }: CheckedMachine['differs'][number]): string[] => [
  ...columns([[`    ~ ${step}`, reason]]),
  ...(diff === null ? [] : indent(diff.trimEnd().split('\n'), 8)),
];

const words: Readonly<Record<CheckedMachine['state'], string>> = {
  aligned: 'as assigned',
  differs: 'differ',
  absent: 'not there',
  off: 'powered off',
  held: 'held',
  unknown: 'not seen',
};

/** Of one machine alone, where that reads otherwise. */
const alone: Readonly<Record<string, string>> = { differs: 'differs' };

function summary(machines: readonly CheckedMachine[]): string {
  const counts = Object.entries(words).flatMap(([state, word]) => {
    const count = machines.filter((one) => one.state === state).length;
    return count === 0 ? [] : [`${count} ${count === 1 ? (alone[state] ?? word) : word}`];
  });
  return `${counts.join(' · ')}. Nothing was changed.`;
}
