#!/bin/sh
# micro.sh PARTS ROOT GUEST: completes a root directory for the micro image from the shared parts.
set -eu
parts=$1 root=$2 guest=$3
cp -a "$parts/micro" "$root"
cd "$root"
mkdir -p dev proc sys run tmp mnt home root/.ssh etc/dropbear etc/init.d etc/rc2.d etc/acpi/PWRF etc/default \
  var/lib var/log var/tmp var/spool/cron usr/local/bin usr/local/sbin opt srv
chmod 700 root root/.ssh
chmod 1777 tmp var/tmp
for applet in $(bin/busybox --list-full); do
  mkdir -p "$(dirname "$applet")"
  [ -e "$applet" ] || ln -s /bin/busybox "$applet"
done
rm -f linuxrc sbin/mkfs.ext4
ln -s mke2fs sbin/mkfs.ext4
printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n' > etc/passwd
printf 'root:*:19000:0:99999:7:::\nnobody:*:19000:0:99999:7:::\n' > etc/shadow
printf 'root:x:0:\nadm:x:4:\nsudo:x:27:\nusers:x:100:\nnogroup:x:65534:\n' > etc/group
printf 'root:*::\n' > etc/gshadow
chmod 600 etc/shadow etc/gshadow
printf 'UID_MIN 1000\nUID_MAX 60000\nSYS_UID_MIN 100\nSYS_UID_MAX 999\nGID_MIN 1000\nGID_MAX 60000\nSYS_GID_MIN 100\nSYS_GID_MAX 999\nCREATE_HOME no\nUMASK 022\nENCRYPT_METHOD SHA512\n' > etc/login.defs
printf '/bin/sh\n' > etc/shells
printf 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n' > etc/nsswitch.conf
printf 'export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n' > etc/profile
printf '[defaults]\n\tbase_features = sparse_super,large_file,filetype,resize_inode,dir_index,ext_attr\n\tblocksize = 4096\n\tinode_size = 256\n\tinode_ratio = 16384\n\n[fs_types]\n\text4 = {\n\t\tfeatures = has_journal,extent,huge_file,flex_bg,64bit,dir_nlink,extra_isize\n\t}\n' > etc/mke2fs.conf
printf 'PRETTY_NAME="Millwright micro"\nID=millwright-micro\n' > etc/os-release
printf '/usr/lib\n' > etc/ld.so.conf
for script in PWRF/00000080 power; do
  printf '#!/bin/sh\npoweroff\n' > "etc/acpi/$script"
  chmod 755 "etc/acpi/$script"
done
install -m 755 "$guest/micro-init.sh" init
install -m 644 "$guest/micro-inittab.txt" etc/inittab
install -m 755 "$guest/micro-rc.sh" etc/init.d/rc
install -m 755 "$guest/micro-update-rc.sh" usr/sbin/update-rc.d
install -m 755 "$guest/micro-service.sh" usr/sbin/service
install -m 755 "$guest/seed.sh" usr/sbin/millwright-seed
