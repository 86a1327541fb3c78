# service: what the kinds of init differ in: systemd, OpenRC, and scripts in /etc/init.d.

# True if this machine was booted by OpenRC, or at least taken over by it.
service_openrc() {
  [ -d /run/openrc ] && command -v rc-service >/dev/null
}

# True if the service starts at boot by a link; where systemd runs, one that it made a unit of.
service_has_link() {
  set +f
  if service_openrc; then
    set -- /etc/runlevels/*/"$service_name"
  else
    set -- /etc/rc[2345].d/S[0-9][0-9]"$service_name" /etc/init.d/S[0-9][0-9]"$service_name" /etc/runlevels/default/"$service_name"
  fi
  set -f
  for service_link in "$@"; do
    [ ! -e "$service_link" ] || return 0
  done
  return 1
}

service_can_enable() {
  [ -d /run/systemd/system ] || command -v update-rc.d >/dev/null || command -v rc-update >/dev/null || [ -x /etc/init.d/rcS ]
}

# Turns the start at boot on or off: $1 to systemd, $2 to update-rc.d, $3 to OpenRC.
service_boot_program() {
  if [ -d /run/systemd/system ]; then
    launch 120 service_session systemctl "$1" --quiet -- "$service_name"
  elif service_openrc || ! command -v update-rc.d >/dev/null && command -v rc-update >/dev/null; then
    service_runlevels "$3"
  elif command -v update-rc.d >/dev/null; then
    launch 120 service_session update-rc.d "$service_name" "$2"
  elif [ "$1" = enable ]; then
    ln -s "$service_name" "/etc/init.d/S50$service_name"
    rc=$?
  else
    set +f
    rm -f "/etc/init.d/S"[0-9][0-9]"$service_name"
    rc=$?
    set -f
  fi
}

# Debian's update-rc.d refuses scripts that are OpenRC's own, as they have no LSB header.
service_runlevels() {
  service_levels=default
  if [ "$1" = del ]; then
    service_levels=
    set +f
    for service_link in /etc/runlevels/*/"$service_name"; do
      service_level=${service_link%/*}
      service_levels="$service_levels ${service_level##*/}"
    done
    set -f
  fi
  launch 120 service_session rc-update "$1" "$service_name" $service_levels
}

service_session() {
  umask 022
  unset LC_ALL QUOTING_STYLE
  cd / && in_session "$@"
}

# Runs action $1 of the unit or script.
service_do() {
  if [ -d /run/systemd/system ]; then
    launch 600 service_session systemctl "$1" --quiet -- "$service_name"
  elif service_openrc; then
    launch 600 service_session rc-service "$service_name" "$1"
  else
    launch 600 service_session "/etc/init.d/$service_name" "$1"
  fi
}

service_can_reload() {
  if [ -d /run/systemd/system ]; then
    service_is CanReload yes
  else
    grep -Eq '(^|[|[:space:]"(])reload["]?[|)]|^[[:space:]]*extra_(started_)?commands=.*reload' "/etc/init.d/$service_name"
  fi
}
