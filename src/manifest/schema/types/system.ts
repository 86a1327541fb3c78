import { form } from '../common.js';
import { declare } from '../declare.js';

const zone = form(/^[A-Za-z0-9_+-]+(?:\/[A-Za-z0-9_+-]+)*$/, 'a time zone such as Europe/Berlin or UTC');

export const systemTypes = {
  timezone: declare({
    summary: 'The time zone of the machine, as a link to the tz database.',
    attributes: { timezone: zone.describe('Name in the tz database.') },
  }),
};
