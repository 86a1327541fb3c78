import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { keyOf, type Stranger, vouch } from './confirm.js';

interface Machine {
  readonly host: string;
  readonly port?: number;
  readonly user?: string;
  readonly hostKey: string;
}

/** Machines named as `[user@]host[:port]`, by name, each with its host key; a person is asked where nobody knows it. */
export async function existingMachines(
  context: Context,
  hosts: readonly string[],
  accepted: readonly string[],
): Promise<Record<string, Machine>> {
  if (hosts.length === 0)
    throw usageError('Which machine do you have?', 'Say --host me@old-box; more than once for more.');
  const machines: Record<string, Machine> = {};
  for (const text of hosts) {
    const { name, ...way } = parsed(text);
    if (Object.hasOwn(machines, name)) throw usageError(`${name} is named twice.`, 'Name each machine once.');
    const stranger = { name, ...way };
    const vouched = await vouch(context, stranger, 'existing', { accepted, probe: true });
    const hostKey = keyOf(stranger, vouched);
    if (vouched.key !== undefined && vouched.by === 'known_hosts')
      context.say(`${name}: known_hosts vouches for its host key.`);
    machines[name] = { ...way, hostKey };
  }
  return machines;
}

function parsed(text: string): Stranger {
  const found =
    /^(?:([A-Za-z_][A-Za-z0-9_.-]*)@)?(?:\[([0-9A-Fa-f:.%]+)\]|([A-Za-z0-9_.-]+))(?::(\d{1,5}))?$/.exec(text);
  if (!found)
    throw usageError(
      `--host ${text} is no machine.`,
      'Write it like old-box, me@192.0.2.10 or root@box:2222.',
    );
  const [, user, bracketed, plain, port] = found;
  const host = bracketed ?? plain ?? '';
  return {
    name: nameOf(host),
    host,
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(user === undefined ? {} : { user }),
  };
}

/** `old-box.example.com` is old-box; an address has no name of its own. */
function nameOf(host: string): string {
  const first = /^[0-9.:]+$/.test(host) ? `host-${host}` : (host.split('.')[0] ?? host);
  return (
    first
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'machine'
  );
}
