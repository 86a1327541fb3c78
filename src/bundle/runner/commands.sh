# The other things that the runner is asked to do, and the way to all of them.

# Ends a run whether it began or not, for good.
cancel() {
  run_options "$@"
  mkdir -p "$state/tombstones" "$volatile/runs" && durable "$state/tombstones/$run_key" cancelled ||
    cancel_answer "\"cancel\":\"failed\"" 15
  cancel_left=$((grace * 5))
  while run_alive; do
    # Again each second: a step that is just being born does not hear the first one.
    [ $((cancel_left % 5)) != 0 ] || kill -TERM "$lock_pid" 2>/dev/null
    cancel_left=$((cancel_left - 1))
    [ "$cancel_left" -gt 0 ] || break
    sleep 0.2 2>/dev/null || sleep 1
  done
  if run_alive; then
    end_leftover 1
    kill -KILL "$lock_pid" 2>/dev/null
    sleep 1
    ! run_alive || cancel_answer '"cancel":"active"' 22
  fi
  cancel_conclude
}

cancel_answer() {
  printf '{"v":1,%s}\n' "$1"
  exit "$2"
}

# Writes the end of a run that could not do so itself.
cancel_conclude() {
  [ -e "$keep" ] || cancel_answer '"cancel":"never-started"' 0
  if ! has_ended && take_lock "$run" ''; then
    mkdir -p "$rt"
    end_leftover 1
    resume_journal
    if read_deadman && [ "$dead_run" = "$run" ]; then
      settle_step 1
    fi
    emit cancelled
    conclude cancelled
    rm -rf "$rt/slots"
    release_lock
  fi
  cancel_answer '"cancel":"ended"' 0
}

# Asks the run to end after its running step.
stop() {
  run_options "$@"
  if run_alive && [ -d "$rt" ]; then
    true >"$rt/stop"
    cancel_answer '"stop":"asked"' 0
  fi
  cancel_answer '"stop":"not-active"' 0
}

status() {
  read_head
  status_active=null
  if lock_alive "$lock"; then
    status_active="\"$holder_run\""
  elif read_deadman; then
    status_active="\"$dead_run\""
  fi
  load_debts
  status_debts=
  IFS=$nl
  for debt in $debts; do
    json "$debt"
    status_debts=$status_debts,$json
  done
  IFS=" $tab$nl"
  hold_status
  verified_status
  read -r uptime _ </proc/uptime
  printf '{"v":1,"head":%s,"active":%s,"debts":[%s],"hold":%s,"verified":%s,"bootId":"%s","uptime":%s}\n' \
    "$head_json" "$status_active" "${status_debts#,}" "$hold_json" "$verified_json" "$boot_id" "$uptime"
}

lock_run=
slot_longest=0
slot_secrets=
command=$1
[ $# -eq 0 ] || shift
case $command in
  start) start "$@" ;;
  run) run_detached "$@" ;;
  follow) follow "$@" ;;
  cancel) cancel "$@" ;;
  stop) stop "$@" ;;
  confirm) confirm "$@" ;;
  deadman) deadman ;;
  site) site "$@" ;;
  status) status ;;
  facts) print_facts ;;
  verified) verified "$@" ;;
  hold) hold "$@" ;;
  hold-inside) hold_inside "$@" ;;
  release) release ;;
  purge) purge ;;
  '') ;;
  *) usage "command $command" ;;
esac
