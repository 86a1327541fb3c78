import { form } from '../common.js';
import { declare } from '../declare.js';

const zone = form(/^[A-Za-z0-9_+-]+(?:\/[A-Za-z0-9_+-]+)*$/, 'a time zone such as Europe/Berlin or UTC');

export const systemTypes = {
  timezone: declare({ attributes: { timezone: zone } }),
};
