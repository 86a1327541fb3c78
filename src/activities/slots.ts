import type { MachineFacts, SlotValue } from '../bundle/index.js';
import { MillwrightError, type Slot, type Target } from '../model/index.js';
import type { SiteDeps } from './deps.js';
import { factsOf, factText } from './facts.js';
import { presentOther } from './machine.js';

/** Values known only now, each with the keyed fingerprint that stands for it in receipts. They are never logged or stored. */
export async function slotValues(deps: SiteDeps, target: Target): Promise<SlotValue[]> {
  const values: SlotValue[] = [];
  const facts = new Map<string, MachineFacts>();
  for (const slot of target.slots) {
    const value = await slotText(deps, target, slot, facts);
    const fingerprint = await deps.keystore.fingerprint(value);
    values.push({ name: slot.name, secret: slot.kind === 'secret', value, fingerprint });
  }
  return values;
}

async function slotText(
  deps: SiteDeps,
  target: Target,
  slot: Slot,
  known: Map<string, MachineFacts>,
): Promise<string> {
  if (slot.kind === 'secret') return deps.secrets.resolve(slot.name, slot.secret);
  if (slot.kind === 'address') return addressOf(deps, target, slot.machine);
  const facts =
    known.get(slot.machine) ?? (await factsOf(deps, await presentOther(deps, target, slot.machine)));
  known.set(slot.machine, facts);
  const value = factText(facts, slot.fact);
  if (value !== undefined) return value;
  throw new MillwrightError(
    {
      code: 'MW-SLOT-FACT',
      cause: 'machine',
      message: `${slot.machine} has no ${slot.fact} to tell ${target.ref.machine}`,
      remedy: `millwright ssh ${slot.machine}, and see why it has none`,
    },
    false,
  );
}

/** The other machine's address on a network both are on, else its first one. */
async function addressOf(deps: SiteDeps, target: Target, machine: string): Promise<string> {
  const { addresses } = await presentOther(deps, target, machine);
  const shared = target.shape.nics.map((nic) => addresses[nic.network]).find((one) => one !== undefined);
  const address = shared ?? Object.values(addresses)[0];
  if (address !== undefined) return address;
  throw new MillwrightError(
    {
      code: 'MW-SLOT-ADDRESS',
      cause: 'change',
      message: `${machine} has no address that ${target.ref.machine} could use`,
      remedy: `give the group of ${machine} an address under a network of both`,
    },
    false,
  );
}
