import { failure } from './fail.js';
import { humanMonitor, type Monitors, type QmpCommand, qmp } from './qmp.js';

/** A loopback port of the host that leads to a port of the guest. */
export interface Forward {
  readonly hostPort: number;
  readonly guestPort: number;
}

/** Guest port to host port. */
export type Ports = Readonly<Record<string, number>>;

/** Reads the listening forwards out of `info usernet`. */
export function parseUsernet(text: string): Forward[] {
  const line = /TCP\[HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)\s+\S+\s+(\d+)/g;
  return [...text.matchAll(line)].map(([, host, guest]) => ({
    hostPort: Number(host),
    guestPort: Number(guest),
  }));
}

const forwards = async (command: QmpCommand): Promise<Forward[]> =>
  parseUsernet(await humanMonitor(command, 'info usernet'));

/** Sees to it that every guest port has a forward, on the port it had before where that is free. */
export async function ensureForwards(
  monitors: Monitors,
  guestPorts: readonly number[],
  before: Ports,
): Promise<Ports> {
  return qmp(monitors, async (command) => {
    const ports: Record<string, number> = {};
    const there = await forwards(command);
    for (const guestPort of guestPorts) {
      const forward =
        there.find((one) => one.guestPort === guestPort) ??
        (await addOn(command, guestPort, before[guestPort])) ??
        (await addOn(command, guestPort, 0));
      if (!forward) throw failure('MW-QEMU-FORWARD', `no free loopback port for guest port ${guestPort}`);
      ports[guestPort] = forward.hostPort;
    }
    return ports;
  });
}

/** Opens one more forward, on a port that the kernel chooses. */
export async function openForward(monitors: Monitors, guestPort: number): Promise<Forward> {
  const forward = await qmp(monitors, (command) => addOn(command, guestPort, 0));
  if (!forward) throw failure('MW-QEMU-FORWARD', `no free loopback port for guest port ${guestPort}`);
  return forward;
}

export async function closeForward(monitors: Monitors, hostPort: number): Promise<void> {
  await qmp(monitors, (command) => humanMonitor(command, `hostfwd_remove n0 tcp:127.0.0.1:${hostPort}`));
}

/** The monitor serves nobody else meanwhile, so what is new afterwards is ours. */
async function addOn(
  command: QmpCommand,
  guestPort: number,
  wanted: number | undefined,
): Promise<Forward | undefined> {
  if (wanted === undefined) return undefined;
  const before = new Set((await forwards(command)).map((one) => one.hostPort));
  // A port in use is text in a successful answer.
  const said = await humanMonitor(command, `hostfwd_add n0 tcp:127.0.0.1:${wanted}-:${guestPort}`);
  if (said) return undefined;
  return (await forwards(command)).find((one) => one.guestPort === guestPort && !before.has(one.hostPort));
}
