import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { alive } from './process.js';

const processSchema = z.object({ pid: z.number().int().positive(), started: z.string() });
const schema = z.object({
  /** The `millwright dev` that runs or ran last. */
  dev: processSchema,
  server: processSchema,
  grpcPort: z.number().int(),
  uiPort: z.number().int(),
  db: z.string(),
  readyAt: z.string().nullable(),
});

/** What `dev` leaves for those who look for it: its process, its server, its ports. */
export type DevState = z.infer<typeof schema>;

export interface DevFiles {
  readonly state: string;
  readonly db: string;
  readonly log: string;
  readonly file: string;
}

export const devFiles = (state: string): DevFiles => ({
  state,
  db: join(state, 'temporal.db'),
  log: join(state, 'temporal.log'),
  file: join(state, 'dev.json'),
});

/** What the file says, whoever of them still lives; undefined when there is none or it makes no sense. */
export function readDevState(files: DevFiles): DevState | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(files.file, 'utf8')));
  } catch {
    return undefined;
  }
}

export function writeDevState(files: DevFiles, state: DevState): void {
  mkdirSync(files.state, { recursive: true, mode: 0o700 });
  writeFileSync(`${files.file}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${files.file}.new`, files.file);
}

export const removeDevState = (files: DevFiles): void => rmSync(files.file, { force: true });

/** The dev stack of this state directory, if its own process lives. */
export function runningDev(state: string): DevState | undefined {
  const found = readDevState(devFiles(state));
  return found && alive(found.dev) ? found : undefined;
}

/** Where the server of this state directory listens, if it lives, with or without its `dev`. */
export function devAddress(state: string): string | undefined {
  const found = readDevState(devFiles(state));
  return found && alive(found.server) ? `127.0.0.1:${found.grpcPort}` : undefined;
}

/** Where its Temporal UI is. */
export function devUi(state: string): string | undefined {
  const found = readDevState(devFiles(state));
  return found && alive(found.server) ? `http://127.0.0.1:${found.uiPort}` : undefined;
}
