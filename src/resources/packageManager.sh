# The package manager of this machine: apt, dnf or apk, whichever is here.

# $package_manager becomes it, or none.
package_find() {
  [ -z "$package_manager" ] || return 0
  if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then
    package_manager=apt
  elif command -v rpm >/dev/null && command -v dnf >/dev/null; then
    package_manager=dnf
  elif command -v apk >/dev/null; then
    package_manager=apk
  else
    package_manager=none
  fi
}

# f_package_<key> is as dpkg says it, whoever knows: `ii |1.2-3`, `hi |1.2-3` if it is held, empty if it is not here. Keys
# are package names with `_-.+:` spelt __ _m _t _p _c.
sweep_package() {
  package_find
  case $package_manager in
    apt) package_sweep_apt "$@" ;;
    dnf | apk) package_sweep_lines "$@" ;;
    none) ;;
  esac
}

package_sweep_apt() {
  sweep_words=
  while [ $# -gt 0 ]; do
    eval "f_package_$1="
    sweep_words="$sweep_words '$2'"
    shift 2
  done
  sweep_lines=$(eval "dpkg-query -W -f '\${Package}:\${Architecture} \${db:Status-Abbrev}|\${Version}\n' -- $sweep_words" 2>/dev/null |
    sed -e 's/^\([^ ]*\)-/\1_m/' -e ':a' -e 's/^\([^ ]*\)-/\1_m/;ta' -e ':b' -e 's/^\([^ ]*\)\./\1_t/;tb' \
      -e ':c' -e 's/^\([^ ]*\)+/\1_p/;tc' -e 's/:/ /')
  IFS=$nl
  for sweep_line in $sweep_lines; do
    IFS=" $tab$nl"
    sweep_key=${sweep_line%% *}
    sweep_line=${sweep_line#* }
    eval "f_package_${sweep_key}_c${sweep_line%% *}=\${sweep_line#* }"
    # Of several architectures the installed one counts.
    case ${sweep_line#* } in
      [ihr]i*) eval "f_package_$sweep_key=\${sweep_line#* }" ;;
      *) eval "f_package_$sweep_key=\${f_package_$sweep_key:-\${sweep_line#* }}" ;;
    esac
  done
  IFS=" $tab$nl"
}

# `NAME VERSION` lines of what is installed, and locks, are looked through without a fork for each name.
package_sweep_lines() {
  sweep_pairs="$*" sweep_words=
  while [ $# -gt 0 ]; do
    sweep_words="$sweep_words '$2'"
    shift 2
  done
  sweep_lines=$nl$(package_lines_$package_manager)$nl
  package_locks
  set -- $sweep_pairs
  while [ $# -gt 0 ]; do
    sweep_line=
    case $sweep_lines in
      *"$nl$2 "*)
        # Of several versions the one that came last.
        sweep_line=${sweep_lines##*"$nl$2 "}
        package_locked "$2" && sweep_line="hi |${sweep_line%%"$nl"*}" || sweep_line="ii |${sweep_line%%"$nl"*}"
        ;;
    esac
    eval "f_package_$1=\$sweep_line"
    shift 2
  done
}

package_lines_dnf() {
  eval "rpm -q --qf '%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\n' -- $sweep_words" 2>/dev/null
}

package_lines_apk() {
  sed -n -e '/^P:/{s/^P://;h;}' -e '/^V:/{s/^V://;H;x;s/\n/ /;p;}' /lib/apk/db/installed
}

# $package_locks becomes the text where holds are written down.
package_locks() {
  case $package_manager in dnf) slurp /etc/dnf/plugins/versionlock.list ;; apk) slurp /etc/apk/world ;; esac
  package_locks=$nl${slurped#=}$nl
}

package_locked() {
  case $package_manager:$package_locks in
    dnf:*"$nl$1-"[0-9]:* | dnf:*"$nl$1-"[0-9][0-9]:* | apk:*"$nl$1="*) return 0 ;;
  esac
  return 1
}

# Waits up to five minutes for whoever holds the lock of the database.
package_program() {
  package_left=60
  while :; do
    true >"$rt/out"
    launch 3600 package_session "$@"
    [ "$rc" != 0 ] && [ "$package_left" -gt 0 ] && [ -z "$cancelled" ] || return 0
    case $1$rc:$(tail -n 20 "$rt/out") in
      dnf200:*) ;;
      *'Could not get lock'* | *'is locked by another process'* | *'Unable to acquire the dpkg frontend lock'*) ;;
      *'Unable to lock database'*) ;;
      *) return 0 ;;
    esac
    package_left=$((package_left - 1))
    sleep 5
  done
}

package_session() {
  umask 022
  unset QUOTING_STYLE
  DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none NEEDRESTART_MODE=l LC_ALL=C.UTF-8
  export DEBIAN_FRONTEND APT_LISTCHANGES_FRONTEND NEEDRESTART_MODE LC_ALL
  cd / && in_session "$@"
}

package_apt_get() {
  package_program apt-get -y -q -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}

package_dnf() {
  package_program dnf -y -q --setopt=exit_on_lock=True "$@"
}

# Once per run, if the index is older than $package_refresh minutes, or a repository changed since.
package_fresh_index() {
  if [ -e "$state/index-stale" ]; then
    package_update
    return
  fi
  [ -z "$package_updated" ] || return 0
  package_lists=
  if [ "$package_manager" = apt ]; then
    package_lists=/var/lib/apt/lists
    set +f
    set -- /var/lib/apt/lists/*_Packages*
    set -f
    [ -e "$1" ] || { package_update && return; }
  fi
  [ -n "$(find $package_lists "$state/index-updated" -maxdepth 0 -mmin "-$package_refresh" 2>/dev/null)" ] || package_update
}

package_update() {
  case $package_manager in
    apt) package_program apt-get update -q ;;
    dnf) package_dnf makecache --refresh ;;
    apk) package_program apk update ;;
  esac
  package_updated=1
  package_update_failed=
  if [ "$rc" = 0 ]; then
    true >"$state/index-updated"
    rm -f "$state/index-stale"
  else
    # The old index may do; if it doesn't, this is why.
    package_update_failed=", after the index could not be fetched (exit $rc): $(tail -n 1 "$rt/out")"
  fi
}
