import { z } from 'zod';
import { parseStatus } from '../bundle/index.js';
import type { Evidence, Head } from '../model/index.js';

/** What ready.sh printed, by key. */
export type GuestReport = Readonly<Record<string, string>>;

export function parseReport(text: string): GuestReport {
  const pairs = text.split('\n').flatMap((line) => {
    const at = line.indexOf('=');
    return at > 0 ? [[line.slice(0, at), line.slice(at + 1).trim()] as const] : [];
  });
  return Object.fromEntries(pairs);
}

/** `waiting`: may still come right by itself. `wrong`: the machine answers, yet something disagrees. */
export interface Signal {
  readonly source: string;
  readonly state: 'ok' | 'waiting' | 'wrong';
  readonly value: string;
}

/** Free space below which nothing can be provisioned, KiB; clock difference that breaks TLS and journals, seconds. */
const leastDisk = 8 * 1024;
const mostSkew = 60;

/** Judges the guest's own words. `now`: seconds since 1970 where the site is. */
export function guestSignals(report: GuestReport, now: number): Signal[] {
  return [
    signal('boot id', report.boot === undefined ? 'waiting' : 'ok', report.boot),
    ...systemd(report),
    ...cloudInit(report),
    clock(report, now),
    disk(report),
    signal('root', report.root === 'ro' ? 'wrong' : 'ok', report.root),
    // Bit 7 of the taint mask: the kernel died (oops or BUG) since it booted.
    signal(
      'kernel',
      (Number(report.tainted) & 128) !== 0 ? 'wrong' : 'ok',
      `tainted ${report.tainted ?? 'unknown'}`,
    ),
  ];
}

export const headOf = (report: GuestReport): Head | null =>
  report.runner === undefined || report.runner === '' ? null : parseStatus(report.runner).head;

export const asEvidence = ({ source, state, value }: Signal, at: string): Evidence => ({
  ...{ source, ok: state === 'ok', value, at },
});

const signal = (source: string, state: Signal['state'], value = 'unknown'): Signal => ({
  source,
  state,
  value,
});

function systemd({ systemd, failed }: GuestReport): Signal[] {
  if (systemd === undefined) return [signal('init', 'ok', 'no systemd')];
  if (systemd === 'running') return [signal('systemd', 'ok', systemd)];
  if (systemd === 'degraded') return [signal('systemd', 'wrong', `degraded: ${failed || 'no unit named'}`)];
  return [signal('systemd', 'waiting', systemd)];
}

const cloudStage = z.object({
  errors: z.array(z.string()).default([]),
  recoverable_errors: z.record(z.string(), z.array(z.string())).default({}),
});
const cloudStatus = z.object({ v1: z.record(z.string(), z.unknown()) });
const cloudResult = z.object({ v1: z.object({ errors: z.array(z.string()).default([]) }) });

function cloudInit({ cloud, status, result }: GuestReport): Signal[] {
  if (cloud === undefined) return [];
  if (result === undefined || result === '') return [signal('cloud-init', 'waiting', 'has not finished')];
  const errors = cloudResult.parse(decoded(result)).v1.errors;
  const stages = status ? Object.values(cloudStatus.parse(decoded(status)).v1) : [];
  const all = [...new Set([...errors, ...stages.flatMap(stageErrors)])];
  return [signal('cloud-init', all.length > 0 ? 'wrong' : 'ok', all.join('; ') || 'done without errors')];
}

/** Errors and, as design has it, recoverable errors: cloud-init itself calls those a success. */
function stageErrors(stage: unknown): string[] {
  const parsed = cloudStage.safeParse(stage);
  if (!parsed.success) return [];
  const recoverable = Object.entries(parsed.data.recoverable_errors);
  return [
    ...parsed.data.errors,
    ...recoverable.flatMap(([level, texts]) => texts.map((text) => `${level}: ${text}`)),
  ];
}

const decoded = (text: string): unknown => JSON.parse(Buffer.from(text, 'base64').toString('utf8'));

function clock({ clock }: GuestReport, now: number): Signal {
  if (clock === undefined) return signal('clock', 'waiting');
  const skew = Math.round(Number(clock) - now);
  return signal('clock', Math.abs(skew) > mostSkew ? 'wrong' : 'ok', `${skew} s from the site's`);
}

function disk({ disk }: GuestReport): Signal {
  if (disk === undefined) return signal('disk', 'ok', 'not told');
  return signal('disk', Number(disk) < leastDisk ? 'wrong' : 'ok', `${disk} KiB free on /`);
}
