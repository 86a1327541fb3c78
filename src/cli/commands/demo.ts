import type { Command } from 'commander';
import { environment } from '../../settings.js';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';

export function configure(command: Command, run: Runner): void {
  command
    .option('--down', 'remove everything that the demo made')
    .addHelpText('after', examples('npm run demo', 'npm run demo -- -y', 'npm run demo -- --down'))
    .action(run(start));
}

async function start(context: Context, options: { down?: boolean }): Promise<number> {
  const { demo, takeDown } = await import('../demo/demo.js');
  if (options.down) return takeDown(context);
  return demo(environment().CI === 'true' ? { ...context, confirm: async () => true } : context);
}
