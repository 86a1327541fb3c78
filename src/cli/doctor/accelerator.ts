import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chooseAccelerator } from '../../providers/qemu/accelerator.js';
import { locate } from './programs.js';
import type { Component } from './types.js';

/** The timed verdict: a /dev/kvm that is there may still be slower than emulation. */
export const accelerator: Component = {
  name: 'accelerator',
  inspect: async (context) => {
    if (!(await locate(['qemu-system-x86_64'])).has('qemu-system-x86_64')) {
      return { state: 'warning', text: 'not known without QEMU' };
    }
    const { state } = context.settings();
    if (!existsSync(state)) return { state: 'warning', text: 'measured once the state directory is there' };
    const chosen = await chooseAccelerator('auto', join(state, 'accelerator.json'));
    if (chosen === 'kvm') return { state: 'ok', text: 'kvm, measured to be fast here' };
    return {
      state: 'ok',
      text: 'tcg: software emulation, as no fast KVM was found; expect boots to take several times longer',
    };
  },
};
