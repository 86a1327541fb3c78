import type { Accelerator } from './accelerator.js';
import { diskSerial, guestMachineId, macAddress, machineUuid, multicast } from './identity.js';
import type { Image } from './images/types.js';
import type { InstanceFiles } from './layout.js';
import { processName } from './processes.js';
import type { InstanceRecord } from './record.js';

/** All that decides how an instance's QEMU is called. */
export interface Machine {
  readonly key: string;
  readonly record: InstanceRecord;
  readonly files: InstanceFiles;
  readonly image: Image;
  readonly accelerator: Accelerator;
  /** Clock rate of the host's processor, kHz, where it is known. */
  readonly cpuKhz?: number;
  /** Data disks in the order of the shape. */
  readonly dataDisks: readonly string[];
}

/** The arguments of an instance's QEMU: stable, so that a restart is the same machine. */
export function qemuArguments(machine: Machine): string[] {
  const { key, record, files, accelerator } = machine;
  const { instance, shape } = record.request;
  return [
    ...['-name', processName(instance, key)],
    ...['-uuid', machineUuid(instance)],
    ...['-M', 'q35,vmport=off,smbus=off,sata=off,usb=off,hpet=off'],
    ...acceleration(accelerator, shape.memoryMiB),
    ...['-smp', String(shape.cpus), '-m', String(shape.memoryMiB)],
    ...['-nodefaults', '-no-user-config', '-display', 'none'],
    ...bootFrom(machine),
    ...disk('d0', files.disk, 'root'),
    ...shape.disks.flatMap(({ name }, i) => disk(`d${i + 1}`, machine.dataDisks[i] ?? '', diskSerial(name))),
    ...networks(record),
    ...['-device', 'virtio-rng-pci', '-device', 'vmgenid,guid=auto'],
    ...['-chardev', `file,id=console,path=${files.console},append=on`, '-serial', 'chardev:console'],
    ...files.monitors.flatMap((path) => ['-qmp', `unix:${path},server=on,wait=off`]),
    ...['-pidfile', files.pid, '-daemonize'],
  ];
}

/** What Debian's software needs and no more: with `max` a guest tests and loads drivers for much it never uses. */
const emulatedCpu = 'qemu64,-svm,+rdrand,+aes,+pclmulqdq,+ssse3,+sse4.1,+sse4.2,+popcnt';

function acceleration(accelerator: Accelerator, memoryMiB: number): string[] {
  if (accelerator === 'kvm') return ['-accel', 'kvm', '-cpu', 'host'];
  // QEMU's own default grows to a gigabyte per guest.
  const cacheMiB = memoryMiB <= 192 ? 32 : 128;
  return ['-accel', `tcg,thread=multi,tb-size=${cacheMiB}`, '-cpu', emulatedCpu];
}

function bootFrom(machine: Machine): string[] {
  const { image, files } = machine;
  if (!image.kernel) return nocloudDisk(files.seed);
  const { vmlinuz, initrd } = image.kernel;
  const kernel = ['-kernel', vmlinuz, '-initrd', initrd, '-append', kernelArguments(machine)];
  // By path: the seed holds a private key, and arguments can be read by everybody on the host.
  return [...kernel, '-smbios', `type=11,path=${files.seed}`];
}

const nocloudDisk = (path: string): string[] => [
  '-drive',
  `if=none,id=seed,file=${path},format=raw,readonly=on`,
  '-device',
  'virtio-blk-pci,drive=seed,serial=seed,addr=0x1e',
];

function kernelArguments({ image, record, accelerator, cpuKhz }: Machine): string {
  const common = [
    'console=ttyS0',
    'quiet',
    'loglevel=3',
    'panic=10',
    'net.ifnames=0',
    'audit=0',
    'apparmor=0',
  ];
  const init =
    image.meta.init === 'micro'
      ? ['millwright.init=/init']
      : ['systemd.show_status=0', `systemd.machine_id=${guestMachineId(record.request.instance)}`];
  return [
    ...common,
    'random.trust_cpu=on',
    'cryptomgr.notests',
    ...init,
    ...emulated(accelerator, cpuKhz),
  ].join(' ');
}

/** Under load an emulated guest measures its clock wrong, so it is told the rate; safeguards it can't use are off. */
function emulated(accelerator: Accelerator, cpuKhz: number | undefined): string[] {
  if (accelerator === 'kvm') return [];
  const clock = cpuKhz ? ['tsc=reliable', `tsc_early_khz=${cpuKhz}`] : [];
  return ['mitigations=off', 'nokaslr', 'no_timer_check', ...clock];
}

const disk = (id: string, path: string, serial: string): string[] => [
  '-drive',
  `if=none,id=${id},file=${path},format=qcow2,cache=writeback,discard=unmap,detect-zeroes=unmap`,
  '-device',
  `virtio-blk-pci,drive=${id},serial=${serial}`,
];

function networks({ request: { ref, instance, shape } }: InstanceRecord): string[] {
  const card = (id: string, n: number) => [
    '-device',
    `virtio-net-pci,netdev=${id},mac=${macAddress(instance, n)},romfile=`,
  ];
  return [
    ...['-netdev', 'user,id=n0', ...card('n0', 0)],
    ...shape.nics.flatMap((nic, i) => [
      '-netdev',
      `socket,id=n${i + 1},mcast=${multicast(ref, nic.network)},localaddr=127.0.0.1`,
      ...card(`n${i + 1}`, i + 1),
    ]),
  ];
}
