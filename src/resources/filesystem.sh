# filesystem: filesystem_device filesystem_key filesystem_type filesystem_label filesystem_label_flag.

filesystem_check() {
  eval "block_now=\$f_block_$filesystem_key"
  case $block_now in
    "$filesystem_type") verdict=ok reason="holds $block_now" ;;
    blank) verdict=differs reason='nothing is on it' ;;
    absent) verdict=differs reason="there is no device $filesystem_device" ;;
    unproved) refuse MW-CHANGE-DEVICE "nothing here can tell what is on $filesystem_device: no blkid" ;;
    unreadable) refuse MW-CHANGE-DEVICE "$filesystem_device cannot be read" ;;
    *) refuse MW-CHANGE-DEVICE "$filesystem_device holds $block_now, not $filesystem_type, and is not overwritten" ;;
  esac
}

filesystem_apply() {
  block_look "$filesystem_device"
  case $block_now in
    blank) ;;
    absent) fail MW-CHANGE-DEVICE "there is no device $filesystem_device" || return ;;
    *) fail MW-CHANGE-DEVICE "$filesystem_device holds $block_now and is not overwritten" || return ;;
  esac
  command -v "mkfs.$filesystem_type" >/dev/null ||
    fail MW-CHANGE-DEVICE "mkfs.$filesystem_type is not on this machine" || return
  set -- "mkfs.$filesystem_type"
  [ -z "$filesystem_label" ] || set -- "$@" "$filesystem_label_flag" "$filesystem_label"
  launch 3600 in_session "$@" "$filesystem_device"
  [ "$rc" = 0 ] || fail MW-CHANGE-DEVICE "mkfs.$filesystem_type $filesystem_device exited $rc" || return
  sync "$filesystem_device"
  block_look "$filesystem_device"
  [ "$block_now" = "$filesystem_type" ] ||
    fail MW-CHANGE-DEVICE "mkfs.$filesystem_type exited 0, but $filesystem_device holds $block_now" || return
  reason="$filesystem_type made, nothing was on it"
}

filesystem_save() {
  :
}

filesystem_undo() {
  fail '' 'what was made on a device is not taken away'
}
