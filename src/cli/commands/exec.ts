import type { Command } from 'commander';
import { examples, type Runner, several } from '../command.js';
import type { Context } from '../context.js';

interface Options {
  except: string[];
  parallel: string;
}

export function configure(command: Command, run: Runner): void {
  command
    .argument('<target>', 'machines, such as web-1, web, web[1-3]')
    .argument('<command...>', 'what to run, after --')
    .addOption(several('--except <target>', 'but not these'))
    .option('--parallel <n>', 'on this many machines at once', '10')
    .addHelpText(
      'after',
      examples(
        'millwright exec web-1 -- uptime',
        "millwright exec web -- sh -c 'df -h / | tail -1'",
        'millwright exec @failed --timeout 30s -- systemctl --failed',
      ),
    )
    .action(run(exec));
}

async function exec(context: Context, target: string, argv: string[], options: Options): Promise<number> {
  const { connectEngine } = await import('../temporal.js');
  const { withStores } = await import('../stores.js');
  const { identify } = await import('../identity.js');
  const { runOnMachines } = await import('../execute.js');
  const { positive } = await import('../numbers.js');
  const maxParallel = positive(options.parallel, '--parallel');
  const environment = await identify(context);
  const engine = await connectEngine(context);
  try {
    return await withStores(context, (stores) =>
      runOnMachines(context, engine, stores, {
        environment,
        target,
        except: options.except,
        argv,
        maxParallel,
      }),
    );
  } finally {
    await engine.close();
  }
}
