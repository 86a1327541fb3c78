import { createRequire } from 'node:module';
import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import { Exit } from '../exit.js';
import { version } from '../version.js';

export function configure(command: Command, run: Runner): void {
  command
    .addHelpText('after', examples('millwright version', 'millwright version -o json'))
    .action(run(show));
}

async function show(context: Context): Promise<number> {
  const document = {
    schema: 'millwright/version/v1',
    version: version(),
    node: process.version.slice(1),
    temporalSdk: packageVersion('@temporalio/client'),
    platform: `${process.platform}-${process.arch}`,
  };
  context.emit(
    document,
    () =>
      `millwright ${document.version}\nnode ${document.node}, Temporal SDK ${document.temporalSdk}, ${document.platform}`,
  );
  return Exit.asAsked;
}

const packageVersion = (name: string): string =>
  (createRequire(import.meta.url)(`${name}/package.json`) as { version: string }).version;
