import { z } from 'zod';
import { object, text } from './common.js';

export const rules = object({
  cleanCommit: z.boolean().optional(),
  destroy: z.literal('confirm').optional(),
});

const difference = object({
  because: text,
  set: z.record(text, z.unknown()).optional(),
  omit: z.array(text).optional(),
});

export const environment = object({
  default: z.boolean().optional(),
  rules: rules.optional(),
  differences: z.array(difference).optional(),
});
