import type { Command } from 'commander';
import { several } from '../command.js';
import { positive } from '../numbers.js';
import type { Selection } from './operate.js';

/** Flags that every verb on several machines has. */
export interface SelectionOptions {
  except: string[];
  parallel: string;
}

export const addSelection = (command: Command): Command =>
  command
    .addOption(several('--except <target>', 'but not these'))
    .option('--parallel <n>', 'on this many machines at once', '10');

export const selectionOf = (target: string | undefined, options: SelectionOptions): Selection => ({
  targets: target === undefined ? [] : [target],
  except: options.except,
  maxParallel: positive(options.parallel, '--parallel'),
});
