#!/bin/busybox sh
# First program of every image we build: loads the drivers, mounts the root disk and hands over to its init.
b=/bin/busybox
$b mount -t devtmpfs dev /dev
$b mount -t proc proc /proc
for module in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk \
  failover net_failover virtio_net evdev button; do
  [ ! -e /m/$module.ko ] || $b insmod /m/$module.ko
done
read -r arguments < /proc/cmdline
init=/sbin/init
for argument in $arguments; do
  case $argument in millwright.init=*) init=${argument#*=} ;; esac
done
tries=0
while [ ! -b /dev/vda ] && [ $tries -lt 250 ]; do $b sleep 0.02; tries=$((tries + 1)); done
$b mount -t ext4 -o rw,noatime /dev/vda /root || { echo 'no root file system on /dev/vda'; $b poweroff -f; }
$b mount --move /dev /root/dev
$b umount /proc
exec $b switch_root /root $init
