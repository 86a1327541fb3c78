import type { Command } from 'commander';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { addSelection, type SelectionOptions, selectionOf } from '../operate/options.js';

export function configure(command: Command, run: Runner): void {
  addSelection(command)
    .argument('<verb>', 'create, list, restore or delete')
    .argument('<target>', 'machines, such as web-1, web, web[1-3]')
    .argument('[name]', 'name of the snapshot; create makes one up, restore takes the newest')
    .addHelpText(
      'after',
      examples(
        'millwright snapshot create web before-upgrade',
        'millwright snapshot list web',
        'millwright snapshot restore web-1 before-upgrade',
        'millwright snapshot delete web before-upgrade',
      ),
    )
    .action(run(snapshot));
}

async function snapshot(
  context: Context,
  verb: string,
  target: string,
  name: string | undefined,
  options: SelectionOptions,
): Promise<number> {
  const { atDesk } = await import('../operate/operate.js');
  const { createSnapshots, deleteSnapshots, listSnapshots } = await import('../operate/snapshot.js');
  const { restoreSnapshots } = await import('../operate/restore.js');
  const verbs = {
    create: createSnapshots,
    list: listSnapshots,
    restore: restoreSnapshots,
    delete: deleteSnapshots,
  };
  if (!isVerb(verb, verbs))
    throw usageError(`${verb} is nothing that snapshot can do.`, 'Write create, list, restore or delete.');
  const selection = selectionOf(target, options);
  return atDesk(context, (desk) => verbs[verb](desk, selection, name));
}

const isVerb = <T extends object>(word: string, verbs: T): word is Extract<keyof T, string> =>
  Object.keys(verbs).includes(word);
