import { MillwrightError } from '../../model/index.js';
import { readPolicy } from '../../policy/index.js';
import type { Component } from './types.js';

/** Whether control could read its policy file now; only its host has one. */
export const policy: Component = {
  name: 'policy',
  inspect: async (context) => {
    const file = context.settings().policy;
    if (file === undefined)
      return { state: 'ok', text: 'none is named in the settings: no signed vote counts' };
    try {
      const { approvers, gates } = (await readPolicy(file)).policy;
      const people = Object.keys(approvers).length;
      return { state: 'ok', text: `${file}: ${people} approvers, ${gates.length} minimum gates` };
    } catch (error) {
      if (!(error instanceof MillwrightError)) throw error;
      const { message, detail = [], remedy } = error.info;
      return { state: 'failed', text: [message, ...detail].join('\n  '), ...(remedy && { remedy }) };
    }
  },
};
