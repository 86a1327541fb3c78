import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundle } from '@temporalio/worker';

let built: Promise<WorkflowBundle> | undefined;

/** The workflows as one script for the sandbox, built once per process, from .ts in tests and from .js in a release. */
export function workflowBundle(): Promise<WorkflowBundle> {
  const here = fileURLToPath(import.meta.url);
  const path = (name: string): string =>
    fileURLToPath(new URL(`../workflows/${name}${extname(here)}`, import.meta.url));
  built ??= bundleWorkflowCode({
    workflowsPath: path('index'),
    workflowInterceptorModules: [path('interceptors')],
    preloadModules: [path('stackTraces')],
    logger: quiet,
  });
  return built;
}

const nothing = (): void => undefined;
const quiet = { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };
