# timer: timer_name, and for the files and units of timer and service timer_key timer_unit timer_sha timer_service_key
# timer_service_unit timer_service_sha; timer_absent.

timer_check() {
  systemd_runs || return 0
  timer_at=/etc/systemd/system/$timer_name
  timer_look
  if [ "$timer_absent" = 1 ]; then
    eval "timer_stats=\$f_stat_$timer_key\$f_stat_$timer_service_key"
    [ -z "$timer_stats" ] && verdict=ok reason=absent || verdict=differs reason='is here, must be absent'
    return
  fi
  our_judge "$timer_at.service" "$timer_service_key" "$timer_service_sha" 644 || return 0
  timer_reason=${our_reason:+"service: $our_reason"}
  our_judge "$timer_at.timer" "$timer_key" "$timer_sha" 644 || return 0
  timer_reason=$timer_reason${our_reason:+"${timer_reason:+, }timer: $our_reason"}
  if [ -z "$timer_reason" ] && { systemd_stale "$timer_unit" || systemd_stale "$timer_service_unit"; }; then
    timer_reason='changed since systemd read it'
  fi
  [ "$timer_boot$timer_now" = 11 ] || timer_reason="$timer_reason${timer_reason:+, }$timer_state"
  [ -z "$timer_reason" ] && verdict=ok reason='as wanted, active, enabled' || verdict=differs reason=$timer_reason
}

# $timer_boot and $timer_now become 1 where it is enabled, and active; $timer_state says so in words.
timer_look() {
  timer_boot=0 timer_now=0
  systemd_get "$timer_unit" UnitFileState
  [ "$systemd_value" != enabled ] || timer_boot=1
  systemd_get "$timer_unit" ActiveState
  [ "$systemd_value" != active ] || timer_now=1
  timer_state=${systemd_value:-inactive}
  [ "$timer_boot" = 1 ] && timer_state="$timer_state, enabled" || timer_state="$timer_state, not enabled"
}

timer_apply() {
  timer_did=$reason
  if [ "$timer_absent" = 1 ]; then
    timer_end && our_remove "$timer_at.timer" && our_remove "$timer_at.service" && systemd_reload || return
    reason=removed
    return
  fi
  our_write "$timer_at.service" "$bundle_dir/files/$timer_service_sha" 644 &&
    our_write "$timer_at.timer" "$bundle_dir/files/$timer_sha" 644 && systemd_reload || return
  if ! systemd_accepts "$timer_name.timer" "$timer_unit" "$timer_at.timer"; then
    timer_error="systemd does not accept $timer_at.timer ($systemd_value)"
    timer_undo && unchanged=1 timer_error="$timer_error; what was there before is back"
    fail MW-UNIT-INVALID "$timer_error"
    return
  fi
  timer_do enable && timer_do restart || return
  case $timer_did in 'service: is missing'*) reason=created ;; *) reason="written: $timer_did" ;; esac
}

timer_do() {
  launch 120 our_session systemctl "$1" --quiet -- "$timer_name.timer"
  [ "$rc" = 0 ] || fail MW-SERVICE-ENABLE "$timer_name.timer cannot $1: exit $rc"
}

# What its service is doing now it may finish.
timer_end() {
  [ -e "$timer_at.timer" ] || return 0
  launch 120 our_session systemctl disable --now --quiet -- "$timer_name.timer"
  ! systemctl --quiet is-active "$timer_name.timer" || fail MW-SERVICE-STOP "$timer_name.timer cannot be stopped: exit $rc"
}

timer_save() {
  printf '%s\n' "$timer_boot $timer_now" >"$saved/was" && save_part service "$timer_at.service" && save_part timer "$timer_at.timer"
}

timer_undo() {
  timer_at=/etc/systemd/system/$timer_name
  read -r timer_boot_was timer_now_was <"$saved/was"
  timer_end && restore_part service && restore_part timer && systemd_reload || return
  [ "$timer_boot_was" != 1 ] || timer_do enable || return
  [ "$timer_now_was" != 1 ] || timer_do start || return
  [ -e "$saved/timer/absent" ] && reason='removed, as before' || reason='the old timer is back'
}
