import { type MachineFacts, parseFacts, passingFactsArgv, runnerScript } from '../bundle/index.js';
import type { InstanceInfo } from '../model/index.js';
import type { SiteDeps } from './deps.js';
import { withMachine } from './machine.js';
import { runnerFailed } from './refusals.js';

/** What a machine says of itself now; nothing has to be on it, and nothing is left. */
export const factsOf = (deps: SiteDeps, info: InstanceInfo): Promise<MachineFacts> =>
  withMachine(deps, info, async (session) => {
    const result = await session.exec(passingFactsArgv, { stdin: runnerScript().bytes });
    if (result.code !== 0) throw runnerFailed('facts', result);
    return parseFacts(result.stdout);
  });

/** One of publishedFacts as text; undefined where the machine has none. */
export function factText(facts: MachineFacts, name: string): string | undefined {
  if (name === 'address') return facts.addresses[0];
  if (name === 'addresses') return facts.addresses.join(' ') || undefined;
  const value = (facts as Readonly<Record<string, unknown>>)[name];
  return value === undefined || value === '' ? undefined : String(value);
}
