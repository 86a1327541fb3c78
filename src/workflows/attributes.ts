import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';
import type { EnvironmentRef, MachineOutcome, Phase, SearchAttribute } from '../model/index.js';

const pair = (name: SearchAttribute, value: string): SearchAttributePair => ({
  key: defineSearchAttributeKey(name, 'KEYWORD'),
  value,
});

/** Given at start, so that they cost no upsert. */
export function attributesAtStart(
  environment: EnvironmentRef,
  more: { readonly revision?: string; readonly machine?: string; readonly phase?: Phase },
): SearchAttributePair[] {
  return [
    pair('MwFleet', environment.fleet),
    pair('MwEnvironment', environment.environment),
    ...(more.revision === undefined ? [] : [pair('MwRevision', more.revision)]),
    ...(more.machine === undefined ? [] : [pair('MwMachine', more.machine)]),
    ...(more.phase === undefined ? [] : [pair('MwPhase', more.phase)]),
  ];
}

/** One of the two upserts of a machine's life. */
export function showPhase(phase: Phase): void {
  upsertSearchAttributes([pair('MwPhase', phase)]);
}

/** The other one: the phase where it ended and how. */
export function showEnd({ outcome, phase }: Pick<MachineOutcome, 'outcome' | 'phase'>): void {
  upsertSearchAttributes([pair('MwPhase', phase ?? 'record'), pair('MwOutcome', outcome)]);
}

/** Outcome of a whole rollout, destroy or batch. */
export function showOutcome(outcome: string): void {
  upsertSearchAttributes([pair('MwOutcome', outcome)]);
}
