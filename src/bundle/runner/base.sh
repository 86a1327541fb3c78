#!/bin/sh
# Millwright's runner: applies, checks and verifies a bundle on this machine. One POSIX sh file; needs coreutils (with
# util-linux) or busybox. State that survives a reboot is under /var/lib/millwright, the rest under /run/millwright.
umask 077
set -f
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
QUOTING_STYLE=literal
export PATH LC_ALL QUOTING_STYLE
unset CDPATH ENV
IFS=' 	
'
nl='
'
tab='	'
# A look at a machine that nobody has changed yet leaves nothing on its disk.
case ${MW_RUNNER_STATE:-} in
  /run/millwright/*) state=$MW_RUNNER_STATE ;;
  *) state=/var/lib/millwright ;;
esac
volatile=/run/millwright
lock=$volatile/lock
self=$0

boot_id=
read -r boot_id </proc/sys/kernel/random/boot_id

# $json becomes the JSON string of $1; control characters that have no short form become blanks.
json() {
  case $1 in
    *[[:cntrl:]\"\\]*) ;;
    *) json="\"$1\"" && return ;;
  esac
  json_rest=$1
  json='"'
  while :; do
    json_head=${json_rest%%[[:cntrl:]\"\\]*}
    json=$json$json_head
    [ "$json_head" = "$json_rest" ] && break
    json_rest=${json_rest#"$json_head"}
    json_char=${json_rest%"${json_rest#?}"}
    json_rest=${json_rest#?}
    case $json_char in
      \" | \\) json=$json\\$json_char ;;
      "$nl") json=$json\\n ;;
      "$tab") json=$json\\t ;;
      *) json="$json " ;;
    esac
  done
  json=$json'"'
}

# $quoted becomes one shell word that stands for $1.
quote() {
  quoted=
  quote_rest=$1
  while :; do
    case $quote_rest in
      *\'*) quoted=$quoted${quote_rest%%\'*}\'\\\'\' && quote_rest=${quote_rest#*\'} ;;
      *) break ;;
    esac
  done
  quoted=\'$quoted$quote_rest\'
}

# $clock becomes the milliseconds since boot.
now() {
  read -r uptime _ </proc/uptime
  clock=$(((${uptime%.*} * 100 + 1${uptime#*.} - 100) * 10))
}

# Paths that must be on disk before anything acts or the run ends: one `sync` for all of them costs less than one for each.
unsynced=

# Syncs $unsynced and what else is named.
sync_all() {
  sync $unsynced "$@" && unsynced=
}

settle() {
  [ -z "$unsynced" ] || sync_all
}

# Writes $2 and a newline to file $1 such that a power cut leaves the old or the new text, never half of it. While
# something is $pending, it may still be the old one until the next sync_all.
durable() {
  printf '%s\n' "$2" >"$1.new" && sync_all "$1.new" && mv -f "$1.new" "$1" && unsynced=${1%/*} || return
  [ -n "$pending" ] || sync_all
}

pending=

# $start_time becomes the start of process $1 in clock ticks, empty if there is none: with the pid it names a process.
started_at() {
  start_time=
  { read -r started_stat <"/proc/$1/stat"; } 2>/dev/null || return 0
  # The name in parentheses may hold blanks and parentheses.
  set -- ${started_stat##*) }
  [ "$1" = Z ] || start_time=${20}
}

# What a disk says when it is the machine's fault and not the contract's.
machine_code() {
  case $1 in
    *'No space left on device'* | *'Disk quota exceeded'*) code=MW-MACHINE-SPACE ;;
    *'Read-only file system'*) code=MW-MACHINE-READONLY ;;
    *) code=$2 ;;
  esac
}
