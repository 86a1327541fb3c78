#!/bin/sh
# foreign-image.sh OUT: a Debian disk as a distribution publishes it: own kernel, own boot loader (BIOS), cloud-init.
set -eu
out=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mirror() {
  apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Component: main' 'Origin: Debian' 2> /dev/null |
    awk -v suite="$1" -v other="$2" '$2 == suite { uri = $1 } END { print uri ? uri : other }'
}
mmdebstrap --mode=root --variant=minbase --format=directory --components=main \
  --include=systemd-sysv,udev,openssh-server,cloud-init,linux-image-cloud-amd64,iproute2,e2fsprogs,grub-pc-bin,grub-common \
  --aptopt='Apt::Install-Recommends "false"' --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' bookworm "$root" \
  "deb $(mirror bookworm http://deb.debian.org/debian) bookworm main"

rm -f "$root"/etc/ssh/ssh_host_*
: > "$root/etc/machine-id"
printf '/dev/vda1 / ext4 defaults 0 1\n' > "$root/etc/fstab"
cat > "$root/etc/cloud/cloud.cfg.d/99-test.cfg" << 'X'
datasource_list: [NoCloud]
locale: false
system_info: {network: {renderers: [networkd]}}
X
chroot "$root" systemctl -q enable systemd-networkd
ln -sf /dev/null "$root/etc/systemd/system/systemd-networkd-wait-online.service"
mkdir -p "$root/boot/grub"
cat > "$root/boot/grub/grub.cfg" << X
serial --unit=0
terminal_output serial
linux /boot/$(basename "$root"/boot/vmlinuz-*) root=/dev/vda1 rw console=ttyS0 quiet cryptomgr.notests
initrd /boot/$(basename "$root"/boot/initrd.img-*)
boot
X
chroot "$root" grub-mkimage -O i386-pc -o /core.img -p '(hd0,msdos1)/boot/grub' \
  biosdisk part_msdos ext2 normal linux serial terminal boot configfile
mv "$root/core.img" "$work/core.img"
cp "$root/usr/lib/grub/i386-pc/boot.img" "$work/boot.img"
rm -rf "$root/usr/lib/grub/i386-pc" "$root"/var/cache/apt/archives/*.deb

disk=$work/disk.raw
truncate -s 1536M "$disk"
mke2fs -q -F -t ext4 -E offset=1048576,root_owner=0:0 -d "$root" "$disk" 1534M
dd if="$work/boot.img" of="$disk" bs=440 count=1 conv=notrunc status=none
# One bootable Linux partition from sector 2048 on, 1534 MiB long; then the signature.
printf '\200\040\041\000\203\376\377\377\000\010\000\000\000\360\057\000' | dd of="$disk" bs=1 seek=446 conv=notrunc status=none
printf '\125\252' | dd of="$disk" bs=1 seek=510 conv=notrunc status=none
dd if="$work/core.img" of="$disk" bs=512 seek=1 conv=notrunc status=none
qemu-img convert -c -O qcow2 "$disk" "$work/disk.qcow2"
mv "$work/disk.qcow2" "$out"
