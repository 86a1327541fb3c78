import type { Context } from '../context.js';
import { Exit } from '../exit.js';
import { identify } from '../identity.js';
import { withStores } from '../stores.js';
import { gather } from './gather.js';
import { reasonsOf } from './reasons.js';
import { whyText } from './text.js';
import type { WhyDocument } from './types.js';

/** Says what machines or a run wait for; exit 7 where only the record could be asked. */
export async function explainWait(context: Context, wanted: string): Promise<number> {
  const environment = await identify(context);
  return withStores(context, async (stores) => {
    const { facts, address, notes } = await gather(context, stores, environment, wanted);
    const document: WhyDocument = {
      schema: 'millwright/why/v1',
      ...{ fleet: environment.fleet, environment: environment.environment, at: facts.at, engine: address },
      run: facts.ended ?? facts.active?.run ?? null,
      ...{ reasons: reasonsOf(facts), notes },
      exit: address === null ? Exit.unreachable : Exit.asAsked,
    };
    context.emit(document, () => whyText(document, context.paint));
    return document.exit;
  });
}
