# Verification from inside: verify/NNN.sh sets id, verify_type and what to look at; each is tried until it holds or
# verify_within (ms) is over. Whatever client the machine has is used.

run_checks() {
  verify_at=0
  while [ "$verify_at" -lt "$bundle_checks" ]; do
    verify_at=$((verify_at + 1))
    number=$verify_at
    while [ "${#number}" -lt 3 ]; do number=0$number; done
    . "$bundle_dir/verify/$number.sh"
    left_out && continue
    ! ending || return 0
    run_check || some_failed=1
  done
}

run_check() {
  now
  began=$clock
  fingerprints='' more='' tries=0
  hash=
  while :; do
    true >"$rt/out"
    rc='' reason='' code=
    tries=$((tries + 1))
    if "verify_$verify_type" 2>>"$rt/out"; then
      now
      step_ended ok
      return 0
    fi
    now
    [ $((clock - began)) -lt "$verify_within" ] && ! ending || break
    sleep 0.5 2>/dev/null || sleep 1
  done
  code=MW-VERIFY-FAILED
  reason="$reason ($tries tries in $((clock - began)) ms)"
  step_failed
  return 1
}

verify_tcp() {
  reason="port $verify_port accepts connections"
  shell_env=:
  if command -v bash >/dev/null; then
    launch 5 in_session bash -c "exec 3<>/dev/tcp/127.0.0.1/$verify_port"
  elif command -v nc >/dev/null; then
    launch 5 in_session nc -w 3 127.0.0.1 "$verify_port"
  else
    fail '' 'neither bash nor nc is here to try a port with' || return
  fi
  [ "$rc" = 0 ] || fail '' "port $verify_port on 127.0.0.1 does not accept connections"
}

verify_http() {
  verify_url=http://127.0.0.1:$verify_port$verify_path
  shell_env=:
  if command -v curl >/dev/null; then
    launch 10 in_session curl -sS -o /dev/null -w 'HTTP %{http_code}\n' "$verify_url"
  elif command -v bash >/dev/null; then
    # In a script of its own: only bash has /dev/tcp.
    launch 10 in_session bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1" && printf "GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n" "$2" >&3 && head -n 1 <&3' bash "$verify_port" "$verify_path"
  else
    launch 10 in_session wget -S -O /dev/null "$verify_url"
  fi
  # The last status line: redirects are followed by wget.
  verify_got=$(sed -n 's/^ *HTTP[^ ]* \([0-9][0-9][0-9]\).*/\1/p' "$rt/out" | tail -n 1)
  reason="$verify_url answered ${verify_got:-nothing}"
  [ "$verify_got" = "$verify_status" ] || fail '' "$reason, wanted $verify_status"
}

verify_command() {
  reason='exited 0'
  shell_env=verify_env
  shell_as "$verify_as" "$verify_run" 60
  [ "$rc" = 0 ] || fail '' "exited $rc"
}
