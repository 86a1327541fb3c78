import { execa } from 'execa';
import type { MachineRow } from '../record/port.js';
import { Exit } from './exit.js';
import { type Reaching, reach, remoteWords } from './reach.js';

/** The system's own ssh on one machine: a shell, or one command. */
export const openShell = (reaching: Reaching, row: MachineRow, command: readonly string[]): Promise<number> =>
  reach(reaching, row, ['ssh', ...command], async ({ ssh }) => {
    const words = command.length === 0 ? [] : ['--', remoteWords(command)];
    const { exitCode } = await execa('ssh', [...ssh, ...words], { stdio: 'inherit', reject: false });
    return exitCode ?? Exit.failed;
  });
