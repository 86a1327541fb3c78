import type { Resource } from '../../../../src/resources/index.js';
import type { LifeCase } from '../case.js';

/** A blank disk at `path`: a loop device that goes when the process does which holds it. */
const disk = (path: string, mib = 40): string => `
  command -v modprobe >/dev/null && modprobe loop || true
  rm -f ${path} ${path}.img; truncate -s ${mib}M ${path}.img
  loop=$(losetup -f --show ${path}.img); ln -s $loop ${path}
  setsid sh -c "exec 9<$loop; losetup -d $loop; exec sleep 3600" </dev/null >/dev/null 2>&1 &
  until losetup -O AUTOCLEAR -n $loop | grep -q 1; do sleep 0.1; done
`;
const common = { notify: [], absent: false } as const;
const filesystem = (path: string): Resource => ({
  ...{ type: 'filesystem', id: `filesystem:${path}`, filesystem: path, fstype: 'ext4', notify: [] },
});
const mount = (path: string, more: Partial<Extract<Resource, { type: 'mount' }>> = {}): Resource => ({
  ...{ ...common, type: 'mount', id: `mount:${path}`, mount: path, fstype: 'ext4', nofail: true },
  ...more,
});

export const cases: LifeCase[] = [
  {
    name: 'a file system is made where nothing is, and stays',
    on: ['debian', 'vm'],
    prepare: disk('/srv/mw-blank'),
    resources: [filesystem('/srv/mw-blank')],
    proof: '[ "$(blkid -p -s TYPE -o value /srv/mw-blank)" = ext4 ]',
    breaks: 'wipefs -a /srv/mw-blank >/dev/null',
  },
  {
    name: 'a disk is mounted now and at boot, and not any more',
    on: ['debian', 'vm'],
    prepare: `${disk('/srv/mw-disk')} mkfs.ext4 -q /srv/mw-disk; echo '# mine' >/etc/fstab`,
    resources: [mount('/srv/my data', { device: '/srv/mw-disk', options: ['noatime', 'nofail'] })],
    proof: `grep -q ' /srv/my.040data ext4 .*noatime' /proc/self/mounts
      grep -q '^# mine$' /etc/fstab
      grep -q '^/srv/mw-disk /srv/my.040data ext4 noatime,nofail 0 2$' /etc/fstab`,
    breaks: `mount -o remount,atime '/srv/my data'; sed -i s/noatime/atime/ /etc/fstab`,
    undone: `[ -z "$(grep my.040data /proc/self/mounts)" ]; [ "$(cat /etc/fstab)" = '# mine' ]; [ ! -e '/srv/my data' ]`,
  },
  {
    name: 'a mount that must not be is undone, and comes back',
    on: ['debian', 'busybox'],
    prepare: `mkdir -p /mnt/mw-tmp; mount -t tmpfs -o size=1m tmpfs /mnt/mw-tmp
      echo 'tmpfs /mnt/mw-tmp tmpfs size=1m,nofail 0 0' >/etc/fstab`,
    resources: [mount('/mnt/mw-tmp', { fstype: 'auto', absent: true })],
    proof: '[ -z "$(grep mw-tmp /proc/self/mounts)" ]; [ -z "$(grep mw-tmp /etc/fstab)" ]',
    breaks: 'mount -t tmpfs tmpfs /mnt/mw-tmp',
    undone: `grep -q ' /mnt/mw-tmp tmpfs rw.*size=1024k' /proc/self/mounts; grep -q mw-tmp /etc/fstab
      umount /mnt/mw-tmp`,
  },
  {
    name: 'swap space is made in a file and used now and at boot, then it is gone',
    on: ['vm'],
    prepare: `swapoff -a; rm -f /srv/mw-swap; echo '# mine' >/etc/fstab`,
    resources: [{ ...common, type: 'swap', id: 'swap:/srv/mw-swap', swap: '/srv/mw-swap', size: 16 }],
    proof: `grep -q '^/srv/mw-swap ' /proc/swaps; grep -q '^/srv/mw-swap none swap sw,nofail 0 0$' /etc/fstab
      [ "$(stat -c %s:%a /srv/mw-swap)" = 16777216:600 ]`,
    breaks: 'swapoff /srv/mw-swap',
    undone: `[ -z "$(grep mw-swap /proc/swaps)" ]; [ "$(cat /etc/fstab)" = '# mine' ]; [ ! -e /srv/mw-swap ]`,
  },
  {
    name: 'swap space on a device that was blank is used now and at boot',
    on: ['vm'],
    prepare: `${disk('/srv/mw-paging')} swapoff -a; echo '# mine' >/etc/fstab`,
    resources: [{ ...common, type: 'swap', id: 'swap:/srv/mw-paging', swap: '/srv/mw-paging' }],
    proof: `swapon --show=NAME --noheadings | grep -qx "$(readlink -f /srv/mw-paging)"
      grep -q '^/srv/mw-paging none swap' /etc/fstab`,
    breaks: 'swapoff /srv/mw-paging',
    undone: `[ -z "$(grep loop /proc/swaps)" ]; [ "$(cat /etc/fstab)" = '# mine' ]`,
  },
];
