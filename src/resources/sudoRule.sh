# sudoRule: sudo_path sudo_key sudo_sha sudo_absent.
sudoRule_lean=1

sudoRule_check() {
  eval "sudo_stat=\$f_stat_$sudo_key sudo_sum=\${f_sha256_$sudo_key%% *}"
  case $sudo_absent$sudo_stat in
    1) verdict=ok reason=absent ;;
    1[8a]*) verdict=differs reason='is here, must be absent' ;;
    0) verdict=differs reason='is missing' ;;
    08*) sudo_compare ;;
    0a*) refuse MW-CHANGE-SYMLINK "$sudo_path is a symbolic link, which sudo would follow" ;;
    *) refuse MW-CHANGE-NOTFILE "$sudo_path is no regular file" ;;
  esac
}

sudo_compare() {
  verdict=ok reason=
  [ "$sudo_sum" = "$sudo_sha" ] || reason='rule differs'
  case $sudo_stat in
    *'|440|'*'|0|'*'|0|'*) ;;
    *) reason="$reason${reason:+, }mode or owner differs from 440 root:root" ;;
  esac
  [ -z "$reason" ] && reason='as wanted' || verdict=differs
}

# sudo reads no file whose name has a dot: what is being written never counts.
sudoRule_apply() {
  if [ "$sudo_absent" = 1 ]; then
    settle && rm -f -- "$sudo_path" && sync /etc/sudoers.d || fail MW-CHANGE-FILE "$sudo_path cannot be removed" || return
    reason=removed
    return
  fi
  [ -d /etc/sudoers.d ] && command -v visudo >/dev/null ||
    fail MW-CHANGE-SUDO 'sudo is not installed on this machine: there is no visudo, or no /etc/sudoers.d' || return
  sudo_temp=/etc/sudoers.d/.millwright.$number.tmp
  if sudo_write; then
    case $reason in 'is missing') reason=created ;; *) reason="written: $reason" ;; esac
    return
  fi
  rm -f -- "$sudo_temp"
  fail "${code:-MW-CHANGE-FILE}" "${sudo_error:-$sudo_path cannot be written}"
}

sudo_write() {
  sudo_error='' code=
  rm -f -- "$sudo_temp" && cat "$bundle_dir/files/$sudo_sha" >"$sudo_temp" && chown 0:0 "$sudo_temp" &&
    chmod 440 "$sudo_temp" || return
  launch 60 sudo_session visudo -cqf "$sudo_temp"
  if [ "$rc" != 0 ]; then
    code=MW-CHANGE-SUDO sudo_error="visudo does not accept the rule (exit $rc); $sudo_path is untouched"
    return 1
  fi
  sync_all "$sudo_temp" && mv -fT -- "$sudo_temp" "$sudo_path" && sync /etc/sudoers.d
}

sudo_session() {
  cd / && in_session "$@"
}

sudoRule_save() {
  save_path "$sudo_path"
}

sudoRule_undo() {
  restore_path
}
