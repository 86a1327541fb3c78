#!/bin/sh
# Makes this machine the one its seed describes: name, keys, networks, disks. Runs at every boot, before sshd; what
# belongs to the instance is written once, so that later changes of a person or of Millwright stay.
set -u
umask 077
run=/run/millwright
mark=/etc/millwright/instance
[ -d $run ] || mkdir -p $run
[ -d /etc/millwright ] || mkdir /etc/millwright
problem() { echo "$*" >> $run/seed.failed; echo "millwright-seed: $*" > /dev/console; }

# From SMBIOS, else from a disk that begins with the magic line: memory saved by a template keeps the template's SMBIOS.
tail -c +6 /sys/firmware/dmi/entries/11-0/raw 2> /dev/null | tr -d '\000' > $run/seed
magic=
read -r magic < $run/seed
if [ "$magic" != 'millwright-seed 1' ]; then
  for disk in /dev/vd[b-z]; do
    [ "$(dd if="$disk" bs=17 count=1 2> /dev/null | tr -d '\000')" != 'millwright-seed 1' ] || tr -d '\000' < "$disk" > $run/seed
  done
  read -r magic < $run/seed
fi
[ "$magic" = 'millwright-seed 1' ] || { problem 'no seed found'; exit 0; }

known=
[ -r $mark ] && read -r known < $mark
instance=
while read -r key value; do [ "$key" != instance ] || instance=$value; done < $run/seed
new=
[ "$known" = "$instance" ] || new=1

network() { # mac address/prefix [gateway dns]
  umask 022
  if [ -d /usr/lib/systemd/network ]; then
    [ -d /run/systemd/network ] || mkdir -p /run/systemd/network
    {
      printf '[Match]\nMACAddress=%s\n[Network]\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n' "$1"
      [ "$2" = - ] || printf 'Address=%s\n' "$2"
      [ -z "${3-}" ] || printf 'Gateway=%s\nDNS=%s\n' "$3" "$4"
    } > "/run/systemd/network/10-$1.network"
  else
    for card in /sys/class/net/*; do
      read -r mac < "$card/address"
      [ "$mac" = "$1" ] || continue
      card=${card##*/}
      ip link set "$card" up
      [ "$2" = - ] || ip address add "$2" dev "$card"
      [ -z "${3-}" ] || ip route add default via "$3"
    done
  fi
  [ -z "${4-}" ] || [ -z "$new" ] || echo "nameserver $4" > /etc/resolv.conf
  umask 077
}

disk() { # serial filesystem mount-point
  for block in /sys/block/vd*; do
    serial=
    read -r serial < "$block/serial"
    [ "$serial" = "$1" ] || continue
    device=/dev/${block##*/}
    tries=0
    while [ ! -b "$device" ] && [ $tries -lt 100 ]; do sleep 0.05; tries=$((tries + 1)); done
    if [ -z "$(blkid -p -o value -s TYPE "$device")" ]; then
      echo "millwright-seed: formatting $device with $2 for $3" > /dev/console
      mkfs."$2" -q "$device" || { problem "cannot format $device with $2 for $3"; return; }
    fi
    [ -d "$3" ] || (umask 022; mkdir -p "$3")
    mount -o noatime "$device" "$3" || problem "cannot mount $device on $3"
    return
  done
  problem "the disk for $3 is missing"
}

host_key() { # base64 of the private key, public key line
  if [ -d /etc/dropbear ]; then
    echo "$1" | base64 -d > /etc/dropbear/host_key
  else
    echo "$1" | base64 -d > /etc/ssh/ssh_host_ed25519_key
    echo "$2" > /etc/ssh/ssh_host_ed25519_key.pub
  fi
}

if [ -n "$new" ]; then
  [ -d /root/.ssh ] || mkdir /root/.ssh
  : > /root/.ssh/authorized_keys
  resize2fs /dev/vda > /dev/null 2>&1 || problem 'cannot grow the root file system'
fi
while read -r key a b c d; do
  case $key in
    date) date -s "@$a" > /dev/null ;;
    network) network "$a" "$b" "$c" "$d" ;;
    disk) disk "$a" "$b" "$c" ;;
    hostname)
      hostname "$a"
      [ -z "$new" ] && continue
      umask 022
      echo "$a" > /etc/hostname
      printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$a" > /etc/hosts
      umask 077
      ;;
    machine-id) [ -s /etc/machine-id ] || (umask 022; echo "$a" > /etc/machine-id) ;;
    login-key) [ -z "$new" ] || echo "$a $b $c $d" >> /root/.ssh/authorized_keys ;;
    host-key) [ -z "$new" ] || host_key "$a" "$b $c" ;;
  esac
done < $run/seed
if [ -n "$new" ]; then
  # The marker comes last and on its own: after a power cut the rest is written again.
  sync
  echo "$instance" > $mark
fi
rm -f $run/seed
: > $run/seed.done
