import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { defineSearchAttributeKey } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { searchAttributes } from '../../src/model/index.js';

/** The Temporal CLI: MILLWRIGHT_TEMPORAL, else PATH, else where doctor puts it. */
export function temporalBinary(): string {
  const { MILLWRIGHT_TEMPORAL, PATH = '', MILLWRIGHT_STATE } = process.env;
  const state = MILLWRIGHT_STATE ?? join(homedir(), '.local/state/millwright');
  const places = [
    ...(MILLWRIGHT_TEMPORAL ? [MILLWRIGHT_TEMPORAL] : []),
    ...PATH.split(delimiter).map((dir) => join(dir, 'temporal')),
    join(state, 'bin/temporal'),
  ];
  const found = places.find(isExecutable);
  if (found === undefined) throw new Error('The Temporal CLI is missing. Run: millwright doctor --fix');
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A real Temporal dev server, in memory, on a free port, with our search attributes. */
export function startTemporal(extraArgs: string[] = []): Promise<TestWorkflowEnvironment> {
  installQuietRuntime();
  return TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: temporalBinary() },
      log: { format: 'json', level: 'never' },
      extraArgs,
      searchAttributes: searchAttributes.map((name) => defineSearchAttributeKey(name, 'KEYWORD')),
    },
  });
}

let installed = false;
/** Says only what is an error; MILLWRIGHT_TEST_LOG=1 says more. Call it before anything else of the SDK. */
export function installQuietRuntime(): void {
  if (installed) return;
  installed = true;
  const level = process.env.MILLWRIGHT_TEST_LOG === '1' ? 'INFO' : 'ERROR';
  Runtime.install({
    logger: new DefaultLogger(level),
    telemetryOptions: { logging: { forward: {}, filter: 'warn' } },
  });
}
