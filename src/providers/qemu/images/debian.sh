#!/bin/sh
# debian.sh ROOT PARTS GUEST: turns a fresh Debian tree into an image that boots fast and reads our seed.
set -eu
root=$1 parts=$2 guest=$3
systemd=$root/etc/systemd/system

rm -f "$root"/etc/ssh/ssh_host_* "$root/var/lib/dbus/machine-id"
: > "$root/etc/machine-id"
: > "$root/etc/fstab"
printf 'nameserver 10.0.2.3\n' > "$root/etc/resolv.conf"
printf 'localhost\n' > "$root/etc/hostname"
printf '127.0.0.1 localhost\n' > "$root/etc/hosts"
mkdir -p "$root/lib/modules"
cp -a "$parts"/modules/* "$root/lib/modules/"
chroot "$root" depmod "$(ls "$parts/modules")"

install -m 755 "$guest/seed.sh" "$root/usr/sbin/millwright-seed"
install -m 644 "$guest/millwright-seed.service" "$systemd/millwright-seed.service"
mkdir -p "$root/etc/ssh/sshd_config.d"
printf 'HostKey /etc/ssh/ssh_host_ed25519_key\nPermitRootLogin prohibit-password\nPasswordAuthentication no\nUseDNS no\n' > "$root/etc/ssh/sshd_config.d/millwright.conf"

for unit in systemd-timesyncd.service apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service \
  fstrim.timer dpkg-db-backup.timer systemd-pstore.service systemd-binfmt.service systemd-update-utmp.service \
  systemd-update-utmp-runlevel.service systemd-journal-flush.service systemd-random-seed.service \
  modprobe@drm.service modprobe@configfs.service modprobe@fuse.service modprobe@dm_mod.service modprobe@loop.service \
  modprobe@efi_pstore.service sys-kernel-debug.mount sys-kernel-tracing.mount dev-hugepages.mount dev-mqueue.mount \
  sys-fs-fuse-connections.mount sys-kernel-config.mount getty@tty1.service serial-getty@ttyS0.service \
  systemd-machine-id-commit.service systemd-networkd-wait-online.service systemd-firstboot.service \
  systemd-network-generator.service systemd-sysusers.service systemd-modules-load.service systemd-remount-fs.service; do
  ln -sf /dev/null "$systemd/$unit"
done
# Only devices that this machine can have: looking at all of them takes seconds where nothing is accelerated.
mkdir -p "$systemd/systemd-udev-trigger.service.d" "$systemd/ssh.service.d"
printf '[Service]\nExecStart=\nExecStart=-udevadm trigger --type=devices --action=add --subsystem-match=net --subsystem-match=block --subsystem-match=input\n' > "$systemd/systemd-udev-trigger.service.d/millwright.conf"
printf '[Service]\nExecStartPre=\n' > "$systemd/ssh.service.d/millwright.conf"
chroot "$root" systemctl -q enable millwright-seed.service systemd-networkd.service ssh.service
chroot "$root" systemctl -q set-default multi-user.target

# The hypervisor's disk is rebuilt rather than repaired, so a package need not be synced file by file.
printf 'force-unsafe-io\n' > "$root/etc/dpkg/dpkg.cfg.d/millwright"
printf 'Acquire::Languages "none";\n' > "$root/etc/apt/apt.conf.d/90millwright"
# The lists stay, and so does their index: the first installation needs neither an update nor a minute of parsing.
chroot "$root" apt-cache gencaches
