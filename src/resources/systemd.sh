# What the types unit, timer and firewall need of systemd.

systemd_dir=/run/systemd/system

# False: refused, as it does not run here.
systemd_runs() {
  [ -d "$systemd_dir" ] || { refuse MW-UNIT-NOSYSTEMD 'no systemd runs on this machine' && return 1; }
}

# True if the unit with fact key $1 has been changed since systemd read it.
systemd_stale() {
  eval "case \$nl\$f_unit_$1\$nl in *\"\${nl}NeedDaemonReload=yes\$nl\"*) return 0 ;; esac"
  return 1
}

# $systemd_value becomes property $2 of the unit with fact key $1.
systemd_get() {
  eval "systemd_value=\$nl\$f_unit_$1"
  case $systemd_value in
    *"$nl$2="*) systemd_value=${systemd_value#*"$nl$2="} && systemd_value=${systemd_value%%"$nl"*} ;;
    *) systemd_value= ;;
  esac
}

systemd_reload() {
  launch 120 our_session systemctl daemon-reload
  [ "$rc" = 0 ] || fail MW-UNIT-RELOAD "systemctl daemon-reload exited $rc"
}

# True if systemd accepts unit $1, whose fact key is $2 and file $3; else says why in the output.
systemd_accepts() {
  facts
  sweep
  systemd_get "$2" LoadState
  case $systemd_value in bad-setting | error) ;; *) return 0 ;; esac
  command -v systemd-analyze >/dev/null && launch 60 our_session systemd-analyze verify --man=no "$3"
  return 1
}
