# cron: cron_path cron_key cron_sha cron_absent.
cron_lean=1

cron_check() {
  if [ "$cron_absent" = 1 ]; then
    eval "cron_stat=\$f_stat_$cron_key"
    [ -z "$cron_stat" ] && verdict=ok reason=absent || verdict=differs reason='is here, must be absent'
    return
  fi
  our_judge "$cron_path" "$cron_key" "$cron_sha" 644 || return 0
  verdict=ok reason='as wanted'
  [ -z "$our_reason" ] || verdict=differs reason=$our_reason
}

# Other tools leave /etc/cron.d behind where nothing reads it. busybox' crond never does.
cron_daemon() {
  for cron_program in cron crond; do
    cron_found=$(command -v "$cron_program") || continue
    case $(readlink -f "$cron_found") in */busybox*) ;; *) return 0 ;; esac
  done
  return 1
}

cron_apply() {
  if [ "$cron_absent" = 1 ]; then
    our_remove "$cron_path" || return
    reason=removed
    return
  fi
  cron_daemon || fail MW-CHANGE-CRON "nothing on this machine reads $cron_path: no cron is installed" || return
  cron_did=$reason
  our_write "$cron_path" "$bundle_dir/files/$cron_sha" 644 || return
  case $cron_did in 'is missing') reason=created ;; *) reason="written: $cron_did" ;; esac
}

cron_save() {
  save_path "$cron_path"
}

cron_undo() {
  restore_path
}
