import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { Exit } from '../exit.js';

interface Options {
  follow?: boolean;
  grep?: string;
  step?: string;
  run?: string;
}

export function configure(command: Command, run: Runner): void {
  command
    .argument('<target>', 'a machine, or several')
    .option('-f, --follow', 'first watch the active run to its end')
    .option('--run <run>', 'of this run instead of the last one')
    .option('--step <id>', 'only this resource, such as file:/etc/motd')
    .option('--grep <pattern>', 'only lines that match this regular expression')
    .addHelpText(
      'after',
      examples(
        'millwright logs web-1',
        'millwright logs web-1 --step service:nginx',
        "millwright logs web --grep 'error|fail'",
      ),
    )
    .action(run(logs));
}

async function logs(context: Context, target: string, options: Options): Promise<number> {
  const { withStores } = await import('../stores.js');
  const { identify } = await import('../identity.js');
  const { chooseRecorded } = await import('../candidates.js');
  const { logLines } = await import('../logLines.js');
  const pattern = regular(options.grep);
  const environment = await identify(context);
  return withStores(context, async (stores) => {
    if (options.follow) {
      const { watchActive } = await import('../watchActive.js');
      await watchActive(context, stores, environment, options.run);
    }
    for (const { row } of await chooseRecorded(stores.record, environment, [target])) {
      const lines = await logLines(stores, row.ref, options);
      const wanted = lines.filter((line) => pattern.test(line.text));
      for (const line of wanted)
        context.io.out(context.flags.output === 'text' ? line.text : JSON.stringify(line));
    }
    return Exit.asAsked;
  });
}

function regular(text: string | undefined): RegExp {
  try {
    return new RegExp(text ?? '');
  } catch (error) {
    throw usageError(`--grep ${text} is no regular expression: ${(error as Error).message}.`);
  }
}
