#!/bin/sh
# parts.sh TREE OUT GUEST: from unpacked Debian packages makes what all images share: OUT/{vmlinuz,initrd,modules,micro}.
set -eu
tree=$1 out=$2 guest=$3
fail() { echo "$*" >&2; exit 1; }

cp "$tree"/boot/vmlinuz-* "$out/vmlinuz"
release=$(ls "$tree/lib/modules")
mkdir -p "$out/modules"
mv "$tree/lib/modules/$release" "$out/modules/$release"
kernel=$out/modules/$release/kernel
for unused in gpu infiniband hv xen staging iio media; do rm -rf "$kernel/drivers/$unused"; done

initrd=$out/initrd.d
mkdir -p "$initrd/bin" "$initrd/dev" "$initrd/proc" "$initrd/root" "$initrd/m"
cp "$tree/bin/busybox" "$initrd/bin/"
cp "$guest/initrd.sh" "$initrd/init"
chmod 755 "$initrd/init"
for module in drivers/virtio/virtio_ring drivers/virtio/virtio drivers/virtio/virtio_pci_legacy_dev \
  drivers/virtio/virtio_pci_modern_dev drivers/virtio/virtio_pci drivers/block/virtio_blk \
  net/core/failover drivers/net/net_failover drivers/net/virtio_net drivers/input/evdev drivers/acpi/button; do
  file=$kernel/$module.ko
  # A kernel may have a driver built in, or its modules compressed.
  if [ -e "$file" ]; then cp "$file" "$initrd/m/"; fi
  if [ -e "$file.xz" ]; then xz -dc "$file.xz" > "$initrd/m/${file##*/}"; fi
done
(cd "$initrd" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) > "$out/initrd"
rm -rf "$initrd"

libraries=$(find "$tree/lib" "$tree/usr/lib" -maxdepth 1 -type d -name '*-linux-gnu' | tr '\n' ':')
loader=$(find "$tree/lib64/" "$tree/lib/" -maxdepth 2 -name 'ld-linux*.so.*' | head -n 1)
[ -n "$loader" ] || fail 'no dynamic loader among the packages'
micro=$out/micro
mkdir -p "$micro/bin" "$micro/sbin" "$micro/usr/bin" "$micro/usr/sbin" "$micro/usr/lib" "$micro/lib" "$micro/lib64"
cp "$tree/bin/busybox" "$micro/bin/"
cp -L "$loader" "$micro/lib64/"
for program in usr/sbin/dropbear usr/bin/dbclient sbin/mke2fs sbin/resize2fs sbin/blkid usr/bin/getent \
  usr/sbin/useradd usr/sbin/userdel usr/sbin/usermod usr/sbin/groupadd usr/sbin/groupdel usr/bin/mountpoint bin/mountpoint; do
  [ -e "$tree/$program" ] || continue
  cp -L "$tree/$program" "$micro/$program"
  "$loader" --library-path "$libraries" --list "$tree/$program" | sed -n 's/.* => \(.*\) (.*/\1/p' >> "$out/libraries"
done
sort -u "$out/libraries" | while read -r library; do
  case $library in */ld-linux*) ;; *) cp -L "$library" "$micro/usr/lib/" ;; esac
done
rm "$out/libraries"
