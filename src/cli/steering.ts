import type { Command } from 'commander';
import { usageError } from './errors.js';
import type { OnInterrupt } from './run/steer.js';

/** As commander hands them over. */
export interface RawSteering {
  detach?: boolean;
  onInterrupt?: string;
  reason?: string;
}

/** Flags of every verb that follows a run. */
export const followOptions = (command: Command): Command =>
  command
    .option('--detach', 'come back as soon as it is accepted')
    .option(
      '--on-interrupt <what>',
      'SIGINT or SIGTERM without a terminal: detach (the run goes on) or stop (it ends after its running steps)',
      'detach',
    );

/** Those, and the reason that the record keeps. */
export const answerOptions = (command: Command): Command =>
  followOptions(command).option('--reason <text>', 'why: kept in the record beside your name');

export function parseFollow(raw: RawSteering): { detach: boolean; onInterrupt: OnInterrupt } {
  const { detach, onInterrupt = 'detach' } = raw;
  if (onInterrupt === 'detach' || onInterrupt === 'stop') return { detach: detach === true, onInterrupt };
  throw usageError(
    onInterrupt === 'pause'
      ? '--on-interrupt pause is not in this version.'
      : `--on-interrupt ${onInterrupt} means nothing.`,
    'Write detach or stop.',
  );
}
