import type { SlotValue } from '../bundle/index.js';
import { MillwrightError, type Slot, type Target } from '../model/index.js';
import type { SiteDeps } from './deps.js';
import { presentOther } from './machine.js';

/** Values known only now, each with the keyed fingerprint that stands for it in receipts. They are never logged or stored. */
export async function slotValues(deps: SiteDeps, target: Target): Promise<SlotValue[]> {
  const values: SlotValue[] = [];
  for (const slot of target.slots) values.push(await slotValue(deps, target, slot));
  return values;
}

async function slotValue(deps: SiteDeps, target: Target, slot: Slot): Promise<SlotValue> {
  const secret = slot.kind === 'secret';
  const value = secret
    ? await deps.secrets.resolve(slot.name, slot.secret)
    : await addressOf(deps, target, slot.machine);
  return { name: slot.name, secret, value, fingerprint: await deps.keystore.fingerprint(value) };
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
