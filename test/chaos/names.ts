import type { EnvironmentRef } from '../../src/model/index.js';

const digits = (n: number, length: number): string => String(n).padStart(length, '0');

/** A fleet of its own per schedule: all of its ids say which schedule they belong to. */
export const environmentOf = (schedule: number): EnvironmentRef => ({
  ...{ fleet: 'chaos', fleetUid: `CHAOS${digits(schedule, 8)}`, environment: 'dev' },
});

/** ULID-shaped and rising: `n` counts the changes of a schedule. */
export const changeIdOf = (schedule: number, n: number): string =>
  `01CHAOS${digits(schedule, 8)}C${digits(n, 2)}${digits(0, 8)}`;

/** The `n`th change that a scan of a schedule begins, whose own id is not known beforehand. */
export const mendNameOf = (schedule: number, n: number): string =>
  `01CHAOS${digits(schedule, 8)}M${digits(n, 2)}${digits(0, 8)}`;

/** Which schedule an id of any kind belongs to. */
export function scheduleOf(id: string): number | undefined {
  const found = /CHAOS(\d{8})/.exec(id)?.[1];
  return found === undefined ? undefined : Number(found);
}
