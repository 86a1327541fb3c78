# swap: swap_path swap_key swap_size (MiB; empty: a device) swap_absent swap_entry (of fstab; empty if absent) fstab_key
# swap_active_key.

# f_swapsize_<key> is the size of a regular file in MiB, empty for anything else.
sweep_swapsize() {
  while [ $# -gt 0 ]; do
    swap_bytes=
    [ ! -f "$2" ] || swap_bytes=$(stat -c %s "$2")
    eval "f_swapsize_$1=\${swap_bytes:+\$((swap_bytes / 1048576))}"
    shift 2
  done
}

swap_check() {
  eval "fstab_text=\$f_whole_$fstab_key swap_all=\$f_whole_$swap_active_key block_now=\$f_block_$swap_key swap_mib=\$f_swapsize_$swap_key"
  fstab_edit device "$swap_path" "$swap_entry"
  # The kernel says what a link leads to.
  [ -L "$swap_path" ] && swap_real=$(readlink -f "$swap_path") || swap_real=$swap_path
  case $nl$swap_all in *"$nl$swap_real "* | *"$nl$swap_real$tab"*) swap_on=1 ;; *) swap_on= ;; esac
  verdict=ok reason=
  if [ "$swap_absent" = 1 ]; then
    [ -z "$swap_on" ] || reason='is in use, must not be'
    [ -z "$swap_mib" ] || [ "$block_now" != swap ] || reason="${reason:-the file is here, must be absent}"
  else
    swap_compare || return 0
  fi
  [ "$fstab_entry" = "$swap_entry" ] || reason="$reason${reason:+, }/etc/fstab says ${fstab_entry:-nothing}, wanted ${swap_entry:-nothing}"
  [ -z "$reason" ] || verdict=differs
  [ "$swap_absent" = 1 ] && reason=${reason:-no swap space} || reason=${reason:-in use}
}

# False: it can't be used.
swap_compare() {
  case $block_now in
    swap) ;;
    absent) reason='is not there' ;;
    blank) [ -z "$swap_mib" ] && reason='nothing is on it' || { swap_foreign 'other data' && return 1; } ;;
    unproved) refuse MW-CHANGE-DEVICE "nothing here can tell what is on $swap_path: no blkid" && return 1 ;;
    *) swap_foreign "$block_now" && return 1 ;;
  esac
  if [ "$block_now" = swap ] && [ -n "$swap_mib" ] && [ "$swap_mib" != "${swap_size:-$swap_mib}" ]; then
    reason="is of $swap_mib MiB, wanted $swap_size"
  elif [ -z "$swap_on" ]; then
    reason=${reason:-is not in use}
  fi
}

swap_foreign() {
  refuse MW-CHANGE-DEVICE "$swap_path holds $1, not swap space, and is not overwritten"
}

swap_apply() {
  if [ "$swap_absent" = 1 ]; then
    swap_off && fstab_put || return
    [ -z "$swap_mib" ] || rm -f -- "$swap_path" || fail MW-CHANGE-SWAP "$swap_path cannot be removed" || return
    reason='no swap space any more'
    return
  fi
  swap_make "$swap_size" || return
  fstab_put || return
  reason='in use'
}

# Makes it of $1 MiB (empty: a device) where it isn't, and uses it.
swap_make() {
  if [ -z "$1" ]; then
    [ -b "$swap_path" ] || fail MW-CHANGE-DEVICE "there is no device $swap_path; a file needs a size" || return
    [ "$block_now" = swap ] || swap_program mkswap "$swap_path" || return
  elif [ "$block_now" != swap ] || [ "$swap_mib" != "$1" ]; then
    swap_off && swap_file "$1" || return
  fi
  [ -n "$swap_on" ] || swap_program swapon "$swap_path"
}

# Whole or not at all: half a file would be somebody else's data for the next run.
swap_file() {
  swap_temp=${swap_path%/*}/.millwright.swap.tmp
  rm -f -- "$swap_temp"
  true >"$swap_temp" || fail MW-CHANGE-NODIR "${swap_path%/*} cannot be written" || return
  if swap_program dd if=/dev/zero "of=$swap_temp" bs=1048576 "count=$1" &&
    swap_program mkswap "$swap_temp" && sync "$swap_temp" && mv -f -- "$swap_temp" "$swap_path"; then
    return
  fi
  rm -f -- "$swap_temp"
  return 1
}

swap_off() {
  [ -z "$swap_on" ] || swap_program swapoff "$swap_path" || return
  swap_on=
}

swap_program() {
  launch 1800 in_session "$@"
  [ "$rc" = 0 ] || fail MW-CHANGE-SWAP "$* exited $rc"
}

swap_save() {
  printf '%s\n' "$swap_on:$block_now:$swap_mib" >"$saved/was" && save_path /etc/fstab
}

swap_undo() {
  restore_path || return
  fstab_told
  IFS=: read -r swap_was_on swap_was swap_was_mib <"$saved/was"
  facts
  sweep
  swap_check
  code= reason=
  if [ "$swap_was" = swap ]; then
    [ "$block_now" = swap ] && [ "$swap_mib" = "$swap_was_mib" ] || swap_make "$swap_was_mib" || return
    [ -n "$swap_was_on" ] || swap_off || return
    [ -z "$swap_was_on" ] || [ -n "$swap_on" ] || swap_program swapon "$swap_path" || return
    reason='swap space as before'
    return
  fi
  swap_off || return
  [ "$swap_was" != absent ] || [ "$block_now" != swap ] || rm -f -- "$swap_path"
  reason='not in use, as before'
}
