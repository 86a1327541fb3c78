import { z } from 'zod';
import { history, plan, run, status } from './fleet.js';
import { backup, restore } from './keep.js';
import { adopt, check, forget, operate, sweep } from './operate.js';
import { schedule } from './schedule.js';
import {
  dev,
  doctor,
  error,
  event,
  exec,
  explain,
  imported,
  init,
  log,
  render,
  validate,
  version,
} from './tools.js';
import { vote } from './vote.js';
import { why } from './why.js';

/** Schemas of every `-o json` document, by the name in its `schema` field. */
export const outputSchemas = {
  ...{
    adopt,
    backup,
    check,
    dev,
    doctor,
    error,
    event,
    exec,
    explain,
    forget,
    history,
    import: imported,
    init,
    log,
    operate,
    plan,
    render,
    restore,
    run,
    schedule,
    status,
    sweep,
    validate,
    version,
    vote,
    why,
  },
} as const;
export const outputNames = Object.keys(outputSchemas).sort();

/** JSON Schema (2020-12) of an output; undefined when there is no such output. */
export function outputJsonSchema(wanted: string): Record<string, unknown> | undefined {
  const found = Object.entries(outputSchemas).find(([key]) => key === wanted)?.[1];
  return found && { ...z.toJSONSchema(found, { unrepresentable: 'any' }), title: `millwright/${wanted}/v1` };
}
