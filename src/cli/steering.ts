import type { Command } from 'commander';
import { several } from './command.js';
import { usageError } from './errors.js';
import { reasonOf } from './reason.js';
import { parseReport, type ReportFile } from './run/reports.js';
import type { OnInterrupt } from './run/steer.js';

/** As commander hands them over. */
export interface RawSteering {
  detach?: boolean;
  onInterrupt?: string;
  reason?: string;
  report?: string[];
  waitForWindow?: boolean;
}

/** Flags of every verb that follows a run. */
export const followOptions = (command: Command): Command =>
  command
    .option('--detach', 'come back as soon as it is accepted')
    .option(
      '--on-interrupt <what>',
      'SIGINT or SIGTERM without a terminal: detach (the run goes on), pause (it starts nothing new) or stop (it ends after its running steps)',
      'detach',
    )
    .addOption(
      several(
        '--report <file>',
        'also write how it went: run.md (Markdown), run.xml (JUnit) or run.json; may be repeated',
      ),
    );

/** Those of a verb that begins a run which windows hold for. */
export const startOptions = (command: Command): Command =>
  followOptions(command).option(
    '--wait-for-window',
    'outside its window wait for the next one; without it that is refused',
  );

/** Those, and the reason that the record keeps. */
export const answerOptions = (command: Command): Command =>
  followOptions(command).option('--reason <text>', 'why: kept in the record beside your name');

export interface Following {
  readonly detach: boolean;
  readonly onInterrupt: OnInterrupt;
  readonly reports: readonly ReportFile[];
  /** Outside its window a new run waits for the next one; undefined: it is refused. */
  readonly waitForWindow?: boolean;
}

export function parseFollow(raw: RawSteering): Following {
  const { detach, onInterrupt = 'detach', report = [], waitForWindow } = raw;
  const reports = report.map(parseReport);
  reasonOf(raw.reason);
  if (onInterrupt === 'detach' || onInterrupt === 'pause' || onInterrupt === 'stop')
    return { detach: detach === true, onInterrupt, reports, ...(waitForWindow && { waitForWindow }) };
  throw usageError(`--on-interrupt ${onInterrupt} means nothing.`, 'Write detach, pause or stop.');
}
