import { z } from 'zod';
import { form } from './common.js';

const labelKey = form(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, 'a label of letters, digits, _ and -');

export const labels = z.record(labelKey, z.string());
