import { accessSync, constants, mkdirSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { bytes } from '../../report/index.js';
import type { Component, Finding } from './types.js';

const WANTED = 6 * 1024 ** 3;
const LEAST = 1024 ** 3;

/** Where we keep keys, machines, database and images: ours alone. */
export const stateDirectory: Component = {
  name: 'state directory',
  inspect: async (context) => {
    const { state } = context.settings();
    const make = () => void mkdirSync(state, { recursive: true, mode: 0o700 });
    const fix = { by: 'us' as const, what: `make ${state}`, run: async () => make() };
    const stat = statSync(state, { throwIfNoEntry: false });
    if (!stat)
      return { state: 'missing', text: `${state} is not there yet`, remedy: `mkdir -m 700 -p ${state}`, fix };
    return judge(state, stat.mode);
  },
};

function judge(state: string, mode: number): Finding {
  try {
    accessSync(state, constants.W_OK);
  } catch {
    return {
      state: 'failed',
      text: `${state} can't be written by this user`,
      remedy: `chown it, or set MILLWRIGHT_STATE`,
    };
  }
  if ((mode & 0o077) === 0) return { state: 'ok', text: state };
  return { state: 'warning', text: `${state} can be entered by others`, remedy: `chmod 700 ${state}` };
}

export const freeDisk: Component = {
  name: 'free disk',
  inspect: async (context) => {
    const free = freeBytes(context.settings().state);
    const text = `${bytes(free)} free for ${context.settings().state}`;
    if (free >= WANTED) return { state: 'ok', text };
    const remedy = `The demo wants about ${bytes(WANTED)}: make room, or set MILLWRIGHT_STATE to a larger disk.`;
    return { state: free < LEAST ? 'failed' : 'warning', text, remedy };
  },
};

/** Free bytes where a path is or would be. */
function freeBytes(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || path === dirname(path)) throw error;
    return freeBytes(dirname(path));
  }
}
