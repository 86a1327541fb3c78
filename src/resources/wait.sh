# wait: wait_kind (tcp, path, run or pause) wait_port wait_host wait_path wait_run wait_pause wait_within (ms); wait_env
# exports the variables of wait_run. It changes nothing, so that waiting is part of its check.

wait_check() {
  wait_tries=0 wait_what=
  now
  wait_began=$clock
  while :; do
    wait_tries=$((wait_tries + 1))
    true >"$rt/out"
    if "wait_$wait_kind"; then
      verdict=ok reason=$wait_what rc=
      return
    fi
    if [ "$purpose" = check ]; then
      verdict=skipped reason="$wait_what; a check does not wait" rc=
      return
    fi
    # Whatever is waited for may have changed what later steps look at.
    facts_are=touched
    now
    [ -z "$cancelled" ] && [ $((clock - wait_began)) -lt "$wait_within" ] || break
    sleep 0.5 2>/dev/null || sleep 1
  done
  refuse MW-CHANGE-WAIT "$wait_what ($wait_tries tries in $((clock - wait_began)) ms)"
}

wait_tcp() {
  shell_env=:
  if command -v bash >/dev/null; then
    launch 5 in_session bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$wait_host" "$wait_port"
  elif command -v nc >/dev/null; then
    launch 5 in_session nc -w 3 "$wait_host" "$wait_port"
  else
    wait_what='neither bash nor nc is here to try a port with' rc=1
    return 1
  fi
  wait_what="port $wait_port on $wait_host accepts connections"
  [ "$rc" = 0 ] || { wait_what="port $wait_port on $wait_host does not accept connections" && return 1; }
}

wait_path() {
  wait_what="$wait_path exists"
  [ -e "$wait_path" ] || { wait_what="$wait_path does not exist" && return 1; }
}

wait_run() {
  shell_env=wait_env
  shell_as '' "$wait_run" 60
  wait_what="exited $rc"
  [ "$rc" = 0 ]
}

wait_pause() {
  now
  wait_what="waited $((clock - wait_began)) ms"
  wait_within=$((wait_pause + 60000))
  [ "$purpose" = check ] && wait_what='a pause' && return
  [ $((clock - wait_began)) -ge "$wait_pause" ]
}
