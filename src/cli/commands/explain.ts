import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import { Exit } from '../exit.js';

export function configure(command: Command, run: Runner): void {
  command
    .argument('<what>', 'a key such as groups.web.count, a resource id, an error code, or a machine')
    .argument('[key]', 'with a machine: a var such as vars.connections')
    .addHelpText(
      'after',
      examples(
        'millwright explain groups.web.count',
        'millwright explain web-1 vars.connections',
        'millwright explain MW-SSH-HOSTKEY',
        'millwright explain file:/etc/motd',
      ),
    )
    .action(run(explain));
}

async function explain(context: Context, what: string, key: string | undefined): Promise<number> {
  const { explainCode, explainKey, explainResource, explainVar } = await import('../explain.js');
  if (key !== undefined) return explainVar(context, what, key);
  if (/^MW-[A-Z0-9-]+$/.test(what)) return explainCode(context, what);
  if (/^(package|file|link|user|service|command|hosts):/.test(what)) return explainResource(context, what);
  context.emit({ schema: 'millwright/explain/v1', what, text: explainKey(what) }, () => explainKey(what));
  return Exit.asAsked;
}
