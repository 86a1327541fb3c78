import { z } from 'zod';
import { form, identifier, text } from '../common.js';
import { declare } from '../declare.js';

const words = form(/^[^\n]{1,200}$/, 'words on one line');

const json: z.ZodType<unknown> = z.json();

export const adapterTypes = {
  ansible: declare({
    summary:
      'A playbook of yours, run by the real ansible-playbook from the site against this machine alone. Push only. Nothing undoes it.',
    attributes: {
      ansible: words.describe('What it does, in words.'),
      playbook: text.describe('Playbook in the fleet; its hosts must be all, the machine or its group.'),
      roles: text.optional().describe('Folder of the fleet with roles.'),
      files: text
        .optional()
        .describe('Folder of the fleet that lies beside the playbook: templates, group_vars, collections.'),
      requirements: text
        .optional()
        .describe('Requirements file: the site fetches what it names, once, with ansible-galaxy.'),
      vars: z.record(identifier, json).default({}).describe('Extra variables; may hold secrets.'),
    },
    kinds: { playbook: 'text', requirements: 'text', roles: 'folder', files: 'folder', vars: 'late' },
  }),
  puppet: declare({
    summary: 'A manifest of yours, applied on the machine by its own `puppet apply`. Nothing undoes it.',
    attributes: {
      puppet: words.describe('What it does, in words.'),
      manifest: text.describe('Manifest in the fleet.'),
      modules: text.optional().describe('Folder of the fleet with modules.'),
      hiera: text.optional().describe('Folder of the fleet with hiera.yaml and its data.'),
    },
    kinds: { manifest: 'text', modules: 'folder', hiera: 'folder' },
  }),
};
