import type { Command } from 'commander';
import { type HistoryDocument, renderHistories, renderHistory } from '../../report/index.js';
import { examples, type Runner } from '../command.js';
import type { Context } from '../context.js';
import { Exit } from '../exit.js';

interface Options {
  limit: string;
}

export function configure(command: Command, run: Runner): void {
  command
    .argument('<target>', 'a machine, or several')
    .argument('[id]', 'one resource, such as file:/etc/motd')
    .option('--limit <n>', 'the last n runs', '10')
    .addHelpText(
      'after',
      examples(
        'millwright history web-1',
        'millwright history web file:/etc/motd',
        'millwright history db-1 -o json',
      ),
    )
    .action(run(history));
}

async function history(
  context: Context,
  target: string,
  id: string | undefined,
  options: Options,
): Promise<number> {
  const { withStores } = await import('../stores.js');
  const { identify } = await import('../identity.js');
  const { chooseRecorded } = await import('../candidates.js');
  const { historyDocument } = await import('../historyDocument.js');
  const { positive } = await import('../numbers.js');
  const limit = positive(options.limit, '--limit');
  const environment = await identify(context);
  return withStores(context, async ({ record }) => {
    const machines = await chooseRecorded(record, environment, [target]);
    const documents: HistoryDocument[] = [];
    for (const one of machines) documents.push(await historyDocument(record, one.row.ref, id, limit));
    if (context.flags.output === 'text') context.io.out(renderHistories(documents, context.paint));
    else for (const one of documents) context.emit(one, () => renderHistory(one, context.paint));
    return Exit.asAsked;
  });
}
