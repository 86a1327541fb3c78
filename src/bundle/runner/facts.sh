# Facts: one sweep per kind for many steps, then look-ups without a fork. A fact is a variable f_<kind>_<key>; keys are
# made by the compiler, so that they are names. An absent file's facts are empty.

needs=

# Notes that somebody will look up $2, which is about $3, in the next sweep of kind $1.
need() {
  case $3 in
    *\'*) quote "$3" ;;
    *) quoted="'$3'" ;;
  esac
  case " $needs " in
    *" $1 "*) eval "need_$1=\"\$need_$1 \$2 \$quoted\"" ;;
    *) needs="$needs $1" && eval "need_$1=\"\$2 \$quoted\"" ;;
  esac
}

sweep() {
  # Files of users are found by the sweep of users.
  for sweep_kind in $needs; do
    [ "$sweep_kind" = keys ] || { eval "sweep_needs=\$need_$sweep_kind" && eval "sweep_$sweep_kind $sweep_needs"; }
  done
  case " $needs " in *' keys '*) eval "sweep_keys $need_keys" ;; esac
  needs=
}

sweep_stat() {
  sweep_files stat "stat -c '%f|%a|%U|%u|%G|%g|%N' --" "$@"
}

sweep_target() {
  sweep_files target "stat -L -c '%f|%a|%U|%u|%G|%g|%n' --" "$@"
}

sweep_sha256() {
  sweep_files sha256 'sha256sum --' "$@"
}

# Runs program $2 once over those of the files (pairs of key and path) that exist; its lines come in the same order.
sweep_files() {
  sweep_fact=f_$1
  sweep_program=$2
  shift 2
  sweep_keys='' sweep_words=
  while [ $# -gt 0 ]; do
    eval "${sweep_fact}_$1="
    if sweepable "$2"; then
      sweep_keys="$sweep_keys $1"
      case $2 in
        *\'*) quote "$2" ;;
        *) quoted="'$2'" ;;
      esac
      sweep_words="$sweep_words $quoted"
    fi
    shift 2
  done
  [ -n "$sweep_keys" ] || return 0
  eval "sweep_lines=\$($sweep_program $sweep_words)"
  IFS=$nl
  set -- $sweep_lines
  IFS=" $tab$nl"
  for sweep_key in $sweep_keys; do
    [ $# -gt 0 ] || return 0
    eval "${sweep_fact}_$sweep_key=\$1"
    shift
  done
}

sweepable() {
  case $sweep_fact in
    f_stat) [ -e "$1" ] || [ -L "$1" ] ;;
    f_sha256) [ -f "$1" ] && [ -r "$1" ] ;;
    *) [ -e "$1" ] ;;
  esac
}

sweep_unit() {
  if [ ! -d /run/systemd/system ]; then
    sweep_scripts "$@"
    return
  fi
  sweep_keys='' sweep_words=
  while [ $# -gt 0 ]; do
    sweep_keys="$sweep_keys $1"
    quote "$2"
    sweep_words="$sweep_words $quoted"
    shift 2
  done
  eval "sweep_lines=\$(systemctl show --all --property=LoadState,ActiveState,SubState,UnitFileState,CanReload,NeedDaemonReload,ConsistsOf -- $sweep_words)"
  for sweep_key in $sweep_keys; do
    eval "f_unit_$sweep_key=\${sweep_lines%%\"\$nl\$nl\"*}"
    sweep_lines=${sweep_lines#*"$nl$nl"}
  done
}

sweep_scripts() {
  while [ $# -gt 0 ]; do
    if [ ! -x "/etc/init.d/$2" ]; then
      eval "f_unit_$1=LoadState=not-found"
    elif "/etc/init.d/$2" status </dev/null >/dev/null 2>&1; then
      eval "f_unit_$1=ActiveState=active"
    else
      eval "f_unit_$1=ActiveState=inactive"
    fi
    shift 2
  done
}

sweep_user() {
  accounts
  command -v getent >/dev/null || return 0
  # Users of a directory service; names come after the file's, which win.
  sweep_words=
  while [ $# -gt 0 ]; do
    passwd_line "$2"
    [ -n "$passwd_line" ] || { quote "$2" && sweep_words="$sweep_words $quoted"; }
    shift 2
  done
  [ -z "$sweep_words" ] || eval "passwd_text=\$passwd_text\$nl\$(getent passwd -- $sweep_words)"
}

# $passwd_text and $group_text become /etc/passwd and /etc/group, by one program.
accounts() {
  if [ -s "$volatile/boot" ]; then
    group_text=$(cat /etc/passwd "$volatile/boot" /etc/group)
    passwd_text=${group_text%%"$boot_id$nl"*}
    passwd_text=${passwd_text%"$nl"}
    group_text=${group_text#*"$boot_id$nl"}
  else
    passwd_text=$(cat /etc/passwd)
    group_text=$(cat /etc/group)
  fi
}

# $passwd_line becomes the entry of user $1; empty if there is none.
passwd_line() {
  passwd_line=
  case $nl$passwd_text in
    *"$nl$1:"*)
      passwd_line=$nl$passwd_text
      passwd_line=$1:${passwd_line#*"$nl$1:"}
      passwd_line=${passwd_line%%"$nl"*}
      ;;
  esac
}

# $home becomes the home of the user in $passwd_line.
home_of() {
  home=${passwd_line%:*}
  home=${home##*:}
}

sweep_keys() {
  sweep_words=
  while [ $# -gt 0 ]; do
    eval "f_sha256_$1="
    passwd_line "$2"
    if [ -n "$passwd_line" ]; then
      home_of
      quote "$home/.ssh/authorized_keys"
      sweep_words="$sweep_words $1 $quoted"
    fi
    shift 2
  done
  [ -z "$sweep_words" ] || eval "sweep_sha256 $sweep_words"
}

sweep_hosts() {
  hosts_text=
  [ ! -e /etc/hosts ] || { hosts_text=$(cat /etc/hosts && echo x) && hosts_text=${hosts_text%x}; }
}

# $slurped becomes `=` and the content of small file $1; empty if there is none. Not for /proc/sys, where a value is given in one read only.
slurp() {
  slurped=
  [ -f "$1" ] && [ -r "$1" ] || return 0
  slurped==
  while IFS= read -r slurp_line; do
    slurped=$slurped$slurp_line$nl
  done <"$1"
  slurped=$slurped$slurp_line
}

sweep_whole() {
  while [ $# -gt 0 ]; do
    slurp "$2"
    eval "f_whole_$1=\$slurped"
    shift 2
  done
}
