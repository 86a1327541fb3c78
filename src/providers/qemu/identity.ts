import { type MachineRef, sha256Hex } from '../../model/index.js';

/** MAC address of card `n` (0 reaches the host, then one per declared network): the same for an instance for ever. */
export function macAddress(instance: string, n: number): string {
  const digits = sha256Hex(`mac:${instance}:${n}`).slice(0, 6);
  return ['52', '54', '00', ...(digits.match(/../g) ?? [])].join(':');
}

/** Host group and port on which QEMUs of one network of an environment hear each other. */
export function multicast(ref: MachineRef, network: string): string {
  const hash = Number.parseInt(
    sha256Hex(`network:${ref.fleetUid}/${ref.environment}/${network}`).slice(0, 8),
    16,
  );
  // Below the range from which kernels take ports for outgoing connections.
  return `230.0.0.1:${10_000 + (hash % 22_000)}`;
}

export const machineUuid = (instance: string): string => {
  const hex = sha256Hex(`machine:${instance}`).slice(0, 32);
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');
};

/** systemd's machine id. */
export const guestMachineId = (instance: string): string => machineUuid(instance).replaceAll('-', '');

/** Serial number of a virtio disk, at most 20 characters. */
export const diskSerial = (name: string): string => `mw${sha256Hex(`disk:${name}`).slice(0, 16)}`;
