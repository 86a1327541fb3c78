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
    release_lock "$rt/slots"
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

command=$1
[ $# -eq 0 ] || shift
case $command in
  start) start "$@" ;;
  run) run_detached "$@" ;;
  cancel) cancel "$@" ;;
  stop) stop "$@" ;;
  confirm) confirm "$@" ;;
  deadman) deadman ;;
  site) site "$@" ;;
  facts) print_facts ;;
  hold) hold "$@" ;;
  hold-inside) hold_inside "$@" ;;
  release) release ;;
  purge) purge ;;
  '') ;;
  *) usage "command $command" ;;
esac
