import type { WorkflowHandle } from '@temporalio/client';
import type { Lab } from '../support/lab.js';
import { Scans } from '../support/scans.js';

type Story = (lab: Lab) => Promise<readonly WorkflowHandle[]>;

/** What schedules start: a scan that only tells, and one that brings a machine back. */
export const reconcileStories: Readonly<Record<string, Story>> = {
  reconciled: async (lab) => {
    const scans = await Scans.open(lab);
    try {
      const fleet = await scans.up(lab.fleet([{ group: 'web', count: 2 }]));
      const told = await scans.start(fleet);
      await told.result();
      lab.site.vm('web-2').target.applied.delete('file:/b');
      const mended = await scans.start(fleet, { mode: 'enforce' });
      await mended.result();
      return [told, mended, lab.machine(fleet, 'web-2')];
    } finally {
      await scans.close();
    }
  },
};
