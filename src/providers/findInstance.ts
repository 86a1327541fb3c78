import { type Found, type InstanceInfo, instanceKey } from '../model/index.js';
import type { Provider } from './port.js';

/** As many characters as tell a person's beginning of a key from a slip. */
const SHORTEST = 4;

/**
 * Looks an instance up as a person names it: by instance id, machine id, key (the name of its folder) or the beginning
 * of a key. `unknown` where several answer to it.
 */
export async function findInstance(provider: Pick<Provider, 'list'>, name: string): Promise<Found> {
  const all = await provider.list();
  const matches = firstHit([
    all.filter((one) => one.instance === name || instanceKey(one.instance) === name),
    all.filter((one) => one.machineId === name),
    name.length < SHORTEST ? [] : all.filter((one) => instanceKey(one.instance).startsWith(name)),
  ]);
  const [one, ...more] = matches;
  if (!one) return { state: 'absent' };
  if (more.length === 0) return { state: 'present', instance: one };
  return { state: 'unknown', reason: `${name} may be ${matches.map(inWords).join(' or ')}` };
}

const firstHit = (hits: readonly InstanceInfo[][]): InstanceInfo[] =>
  hits.find((some) => some.length > 0) ?? [];

const inWords = ({ instance }: InstanceInfo): string => `${instance} (${instanceKey(instance)})`;
