# service: what it takes to undo it, and how. Best effort: a start may fail while its files are not back yet.

# Whether it ran and started at boot: `1 0`.
service_save() {
  printf '%s\n' "$service_now $service_boot" >"$saved/was"
}

service_undo() {
  read -r service_running service_enabled <"$saved/was"
  service_look
  if service_is LoadState not-found; then
    reason='not there any more'
    return
  fi
  verdict=''
  service_check
  if [ "$verdict" = failed ]; then
    fail '' "$reason"
    return
  fi
  if [ "$verdict" = ok ]; then
    reason="$reason, as before"
    return
  fi
  service_name_part=
  service_apply || return
  reason="$reason, as before"
}
