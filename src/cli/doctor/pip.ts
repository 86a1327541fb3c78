import { execa } from 'execa';
import { temporalProgram } from './temporal.js';
import type { Component } from './types.js';

/** pip is needed only to fetch Temporal's CLI, so only where that is lacking. */
export const pip: Component = {
  name: 'pip',
  inspect: async (context) => {
    if (await temporalProgram(context.settings().state)) {
      return { state: 'ok', text: "not needed: Temporal's CLI is here" };
    }
    const { failed, stdout } = await execa('python3', ['-m', 'pip', '--version'], { reject: false });
    if (!failed) return { state: 'ok', text: stdout.split(' from ')[0] ?? stdout };
    return {
      state: 'missing',
      text: 'python3 -m pip does not run',
      remedy: 'apt-get install python3-pip',
      fix: { by: 'apt', packages: ['python3-pip'] },
    };
  },
};
