import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { Exit } from '../exit.js';

interface Options {
  site: string[];
  control?: boolean;
}

export function configure(command: Command, run: Runner): void {
  command
    .option('--site <name>', 'make and reach machines of this site; may be given more than once', collect, [])
    .option('--control', 'run workflows and write the record')
    .addHelpText(
      'after',
      examples(
        'millwright worker --control',
        'millwright worker --site rack',
        'millwright worker --control --site main',
      ),
    )
    .action(run(worker));
}

const collect = (site: string, sites: readonly string[]): string[] => [...sites, site];

async function worker(context: Context, options: Options): Promise<number> {
  if (!options.control && options.site.length === 0) {
    throw usageError('A worker needs work.', 'Say --control, --site NAME, or both.');
  }
  const { runWorkers } = await import('../../worker/index.js');
  const { connectEngine } = await import('../temporal.js');
  const { interrupted } = await import('../dev/signals.js');
  const { withProviders } = await import('../siteProviders.js');
  const signal = interrupted();
  await (await connectEngine(context)).close();
  await runWorkers({
    settings: await withProviders(context.settings(), options.site),
    roles: { control: options.control === true, sites: options.site },
    profile: context.flags.profile,
    signal,
    onReady: () =>
      context.say(`Working for ${roles(options).join(' and ')}. Process ${process.pid}; Ctrl-C stops.`),
  });
  return Exit.asAsked;
}

const roles = (options: Options): string[] => [
  ...(options.control ? ['control'] : []),
  ...options.site.map((site) => `site ${site}`),
];
