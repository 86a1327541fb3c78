# mount: mount_path mount_field (the path as fstab spells it) mount_device mount_type mount_options (with blanks)
# mount_entry (of fstab; empty if absent) mount_absent fstab_key mount_key.

# $mount_now becomes device, path, type and options of what is mounted there last; empty if nothing is.
mount_find() {
  mount_now=
  case $nl$mount_all in
    *" $mount_field "*)
      IFS=$nl
      for mount_line in ${mount_all#=}; do
        IFS=" $tab$nl"
        set -- $mount_line
        [ "$2" != "$mount_field" ] || mount_now="$1 $2 $3 $4"
      done
      IFS=" $tab$nl"
      ;;
  esac
}

mount_check() {
  eval "fstab_text=\$f_whole_$fstab_key mount_all=\$f_whole_$mount_key"
  mount_find
  fstab_edit path "$mount_field" "$mount_entry"
  verdict=ok reason= mount_act=
  if [ "$mount_absent" = 1 ]; then
    [ -z "$mount_now" ] || reason='is mounted, must not be' mount_act=umount
    [ -z "$fstab_entry" ] || reason="$reason${reason:+, }is in /etc/fstab, must not be"
  else
    mount_compare $mount_now
    [ "$fstab_entry" = "$mount_entry" ] ||
      reason="$reason${reason:+, }/etc/fstab says ${fstab_entry:-nothing}, wanted $mount_entry"
  fi
  [ -z "$reason" ] || verdict=differs
  [ "$mount_absent" = 1 ] && reason=${reason:-not mounted} || reason=${reason:-mounted from $mount_device}
}

# The arguments are the fields of $mount_now.
mount_compare() {
  if [ $# = 0 ]; then
    reason='is not mounted' mount_act=mount
    return
  fi
  if ! mount_is "$1" "$3"; then
    reason="$1 is mounted there as $3, wanted $mount_device as $mount_type" mount_act=change
    return
  fi
  mount_has=",$4,"
  for mount_word in $mount_options; do
    case $mount_word in ro | noexec | nosuid | nodev | noatime) ;; *) continue ;; esac
    case $mount_has in *",$mount_word,"*) ;; *) reason="is mounted without $mount_word" mount_act=remount ;; esac
  done
  case " $mount_options $mount_has" in
    *' ro '*) ;;
    *,ro,*) reason='is mounted read-only' mount_act=remount ;;
  esac
}

# True if device $1, mounted as type $2, may be what is wanted.
mount_is() {
  # Of a bind, the kernel shows what lies below.
  case " $mount_options " in *' bind '* | *' rbind '*) return 0 ;; esac
  # nfs becomes nfs4.
  case $2 in "$mount_type" | "${mount_type}4") ;; *) [ "$mount_type" = auto ] || return ;; esac
  mount_from "$1"
}

# False only where it is known that $1 is another device.
mount_from() {
  [ "$1" != "$mount_device" ] || return 0
  case $1:$mount_device in
    /*:/*) [ "$(readlink -f "$1")" = "$(readlink -f "$mount_device")" ] ;;
    *) return 0 ;;
  esac
}

mount_apply() {
  if [ "$mount_absent" = 1 ]; then
    mount_program umount "$mount_path" || return
    fstab_put || return
    reason='not mounted any more'
    return
  fi
  [ -d "$mount_path" ] || (umask 022 && mkdir -p "$mount_path") ||
    fail MW-CHANGE-NODIR "$mount_path cannot be made" || return
  fstab_put || return
  mount_live && return
  # Else the next boot would try what has just failed.
  mount_code=$code mount_reason=$reason mount_rc=$rc fstab_result=${fstab_text#=}
  put_text /etc/fstab "$fstab_result" && fstab_told
  [ "$mount_act" != mount ] || unchanged=1
  rc=$mount_rc code=$mount_code reason="$mount_reason; /etc/fstab is as it was"
  return 1
}

mount_live() {
  case $mount_act in
    mount) mount_program mount "$mount_path" || return ;;
    remount) mount_program mount -o "remount,$(mount_join)" "$mount_path" || return ;;
    change) mount_program umount "$mount_path" && mount_program mount "$mount_path" || return ;;
  esac
  slurp /proc/self/mounts
  mount_all=$slurped
  mount_find
  [ -n "$mount_now" ] || fail MW-CHANGE-MOUNT "mount exited 0, but nothing is mounted on $mount_path" || return
  reason="mounted from $mount_device"
}

mount_join() {
  IFS=,
  set -- $mount_options
  printf '%s' "$*"
  IFS=" $tab$nl"
}

# Nothing to do for umount where nothing is mounted.
mount_program() {
  if [ "$1" = umount ] && [ -z "$mount_now" ]; then return 0; fi
  launch 120 in_session "$@"
  [ "$rc" = 0 ] || fail MW-CHANGE-MOUNT "$* exited $rc"
}

mount_save() {
  printf '%s\n' "$mount_now" >"$saved/was"
  [ -d "$mount_path" ] || true >"$saved/made"
  save_path /etc/fstab
}

mount_undo() {
  restore_path || return
  fstab_told
  IFS= read -r mount_was <"$saved/was"
  slurp /proc/self/mounts
  mount_all=$slurped
  mount_find
  if [ "$mount_was" != "$mount_now" ]; then
    mount_program umount "$mount_path" || return
    mount_again $mount_was || return
  fi
  [ ! -e "$saved/made" ] || [ -n "$mount_was" ] || rmdir "$mount_path" 2>/dev/null
  [ -n "$mount_was" ] && reason='mounted as before' || reason='not mounted, as before'
}

# The arguments are the fields of what was mounted; none if nothing was.
mount_again() {
  [ $# = 0 ] || mount_program mount -t "$3" -o "$4" "$1" "$mount_path"
}
