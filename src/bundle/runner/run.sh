# One run, from its first line to its last.

# Ends the run with $1: ok, failed, cancelled, stopped or needs-secrets. The last is not final: `start` goes on with it.
conclude() {
  emit run-ended ",\"reason\":\"$1\""
  [ -z "$keep" ] || { sync_all "$keep/journal" && printf '%s\n' "$1" >"$keep/ended"; }
  printf '%s\n' "$1" >"$rt/ended"
}

perform() {
  trap on_cancel TERM
  cancelled='' child='' some_failed='' cut_short='' unstoppable='' deadline='' differing='' sensitive=''
  [ -z "$keep" ] || [ ! -e "$state/tombstones/$run_key" ] || cancelled=1
  emit run-started ",\"purpose\":\"$purpose\",\"bundle\":\"$bundle\""
  load_slots
  if [ -n "$slots_missing" ]; then
    emit needs-secrets ",\"reason\":\"nobody gave $slots_missing since this machine booted\",\"code\":\"MW-RUN-NEEDS-SECRETS\""
    conclude needs-secrets
    return
  fi
  load_debts
  if [ -n "$keep" ] && ! resume_deadman; then
    some_failed=1
    perform_end
    return
  fi
  case $purpose in
    apply) perform_apply || some_failed=1 ;;
    rollback) perform_rollback || some_failed=1 ;;
    check) perform_check || some_failed=1 ;;
    verify) run_checks || some_failed=1 ;;
  esac
  perform_end
}

perform_apply() {
  run_steps && pay_debts
}

perform_check() {
  IFS=$nl
  for debt in $debts; do
    IFS=" $tab$nl"
    json "$debt"
    emit owed ",\"debt\":$json"
  done
  IFS=" $tab$nl"
  run_steps
}

perform_end() {
  if [ -n "$cancelled" ]; then
    emit cancelled
    conclude cancelled
  elif [ -n "$some_failed" ]; then
    conclude failed
  elif [ -n "$cut_short" ]; then
    emit stopped
    conclude stopped
  else
    conclude ok
  fi
}

# The detached half of `start`: takes the lock over from process $handover, runs, releases it.
detached() {
  take_lock "$run" "$handover" || exit 0
  end_leftover 10
  resume_journal
  load_bundle
  collect
  perform
  release_lock "$rt/slots" "$rt/out"
}
