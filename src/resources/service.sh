# service: service_name service_key service_running service_enabled service_settle (seconds).

# True if property $1 of the unit is $2.
service_is() {
  case $nl$service_unit$nl in *"$nl$1=$2$nl"*) return 0 ;; esac
  return 1
}

# $service_value becomes property $1.
service_get() {
  service_value=
  case $nl$service_unit in
    *"$nl$1="*) service_value=$nl$service_unit && service_value=${service_value#*"$nl$1="} && service_value=${service_value%%"$nl"*} ;;
  esac
}

service_look() {
  facts
  sweep
  eval "service_unit=\$f_unit_$service_key"
}

service_active() {
  service_is ActiveState active || service_is ActiveState reloading
}

service_check() {
  eval "service_unit=\$f_unit_$service_key"
  if service_is LoadState not-found && [ "$service_running$service_enabled" = 00 ]; then
    verdict=ok reason='not there'
    return
  fi
  if service_is LoadState not-found; then
    service_unknown
    return
  fi
  if service_is LoadState masked && [ "$service_running$service_enabled" != 00 ]; then
    refuse MW-SERVICE-MASKED "$service_name is masked on this machine"
    return
  fi
  verdict=ok reason=
  service_get ActiveState
  service_active && service_now=1 || service_now=0
  [ "$service_now" = "$service_running" ] || verdict=differs
  if service_is_enabled; then service_boot=1; else service_boot=0; fi
  service_boot_text=
  case $service_boot_state in
    # Others pull it in, or nothing can: there is no switch to turn.
    static | alias) service_boot=$service_enabled service_boot_text=$service_boot_state ;;
  esac
  [ "$service_boot" = "$service_enabled" ] || service_boot_differs
  if [ "$service_boot" = 1 ]; then service_boot_text=${service_boot_text:-enabled}; else service_boot_text=${service_boot_text:-not enabled}; fi
  reason="$service_value, $service_boot_text"
}

service_unknown() {
  if [ -d /run/systemd/system ]; then
    refuse MW-SERVICE-UNKNOWN "systemd knows no unit $service_name"
  elif [ -d /etc/init.d ]; then
    refuse MW-SERVICE-UNKNOWN "there is no executable /etc/init.d/$service_name, and no systemd runs here"
  else
    refuse MW-SERVICE-UNKNOWN "neither systemd nor /etc/init.d is here to run $service_name"
  fi
}

service_boot_differs() {
  if [ "$service_enabled" = 1 ] && ! service_can_enable; then
    service_boot_text='nothing here starts services at boot'
    return
  fi
  verdict=differs
}

# Whether it starts at boot. $service_boot_state becomes what systemd calls it.
service_is_enabled() {
  service_boot_state=
  if [ -d /run/systemd/system ]; then
    service_get UnitFileState
    service_boot_state=$service_value
    service_get ActiveState
    case $service_boot_state in
      enabled | indirect | linked) return 0 ;;
      generated | '') service_has_link ;;
      *) return 1 ;;
    esac
    return
  fi
  service_has_link
}

service_apply() {
  service_did=
  if [ "$service_boot" != "$service_enabled" ] && service_can_enable; then
    service_set_boot || return
  fi
  if [ "$service_now" != "$service_running" ]; then
    service_set_running || return
  fi
  reason=${service_did#, }
}

service_set_boot() {
  if [ "$service_enabled" = 1 ]; then
    service_did="$service_did, enabled"
    service_boot_program enable defaults add
  else
    service_did="$service_did, disabled"
    service_boot_program disable remove del
  fi
  [ "$rc" = 0 ] || fail MW-SERVICE-ENABLE "$service_name cannot be ${service_did##*, }: exit $rc"
}

service_set_running() {
  if [ "$service_running" = 0 ]; then
    service_did="$service_did, stopped"
    service_do stop
    service_look
    ! service_active || fail MW-SERVICE-STOP "$service_name still runs after stop (exit $rc)"
    return
  fi
  service_did="$service_did, started"
  service_do start
  service_settled start || return
  # It has just read everything that a reload or restart would make it read.
  settle_debts "${service_did#, }"
}

# After action $1: the unit must still be active when the time to settle is over.
service_settled() {
  service_action_rc=$rc
  [ "$service_settle" = 0 ] || sleep "$service_settle" 2>/dev/null || sleep "$((${service_settle%.*} + 1))"
  service_look
  service_get ActiveState
  if service_active && [ "$service_action_rc" = 0 ] && service_parts_active; then return 0; fi
  service_journal
  rc=$service_action_rc
  fail MW-SERVICE-INACTIVE "$service_name is ${service_failed_part:-$service_value} ${service_settle} s after $1 (exit $service_action_rc)"
}

# A unit may only stand for others (postgresql.service for its clusters): those must not have failed either.
service_parts_active() {
  service_failed_part=
  service_get ConsistsOf
  for service_part in $service_value; do
    if systemctl --quiet is-failed "$service_part" 2>/dev/null; then
      service_failed_part="active, but its part $service_part failed" service_name_part=$service_part
    fi
  done
  service_get ActiveState
  [ -z "$service_failed_part" ]
}

service_journal() {
  if [ -d /run/systemd/system ] && command -v journalctl >/dev/null; then
    journalctl -u "$service_name" ${service_name_part:+-u "$service_name_part"} -n 20 --no-pager -o cat >>"$rt/out" 2>/dev/null
  fi
}

# Pays debt $1, reload or restart. What must not run owes nothing.
service_pay() {
  eval "service_unit=\$f_unit_$service_key"
  service_name_part=
  if [ "$service_running" = 0 ]; then
    reason='nothing to do: it must not run'
    return
  fi
  if service_is LoadState not-found; then
    service_unknown
    return 1
  fi
  if ! service_active; then
    reason='started, as it did not run'
    service_do start
    service_settled start
    return
  fi
  if [ "$1" = restart ]; then
    reason=restarted
    service_do restart
    service_settled restart
    return
  fi
  service_reload
}

service_reload() {
  if service_can_reload; then
    reason=reloaded
    service_do reload
    service_settled reload
    return
  fi
  reason='restarted, as it cannot reload'
  service_do restart
  service_settled restart
}
