# timezone: timezone_name timezone_key.

timezone_check() {
  eval "timezone_stat=\$f_stat_$timezone_key"
  # GNU stat prints the names bare, busybox in quotes.
  case $timezone_stat in
    a*"-> /usr/share/zoneinfo/$timezone_name" | a*"-> '/usr/share/zoneinfo/$timezone_name'" | \
      a*"-> ../usr/share/zoneinfo/$timezone_name" | a*"-> '../usr/share/zoneinfo/$timezone_name'")
      verdict=ok reason="is $timezone_name"
      ;;
    '') verdict=differs reason="is not set, wanted $timezone_name" ;;
    a*)
      timezone_now=${timezone_stat##*zoneinfo/}
      verdict=differs reason="is ${timezone_now%\'}, wanted $timezone_name"
      ;;
    *) verdict=differs reason="/etc/localtime is a copy, wanted a link to $timezone_name" ;;
  esac
}

timezone_apply() {
  [ -f "/usr/share/zoneinfo/$timezone_name" ] ||
    fail MW-CHANGE-TIMEZONE "/usr/share/zoneinfo/$timezone_name does not exist: no such zone, or tzdata is not installed" || return
  rm -f /etc/.millwright.localtime
  ln -s "/usr/share/zoneinfo/$timezone_name" /etc/.millwright.localtime &&
    mv -fT /etc/.millwright.localtime /etc/localtime && sync /etc ||
    fail MW-CHANGE-TIMEZONE '/etc/localtime cannot be replaced' || return
  reason="is $timezone_name"
}

timezone_save() {
  save_path /etc/localtime
}

timezone_undo() {
  restore_path
}
