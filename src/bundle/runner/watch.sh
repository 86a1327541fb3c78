# Whoever is left when a run dies over a risky step: a watcher in a session (under systemd a unit) of its own, started
# before the step acts, and again at boot as long as the step isn't settled.

deadman() {
  purpose=apply aloud='' watch_dead=0
  fresh_boot
  # A power cut came between the end of a step and that of its hook.
  [ -e "$state/deadman" ] || lock_alive "$lock" || unhook_boot
  now
  watch_due=$((clock + deadman_window * 1000))
  read_deadman
  watch_token=$dead_token
  # The next step that arms has a watcher of its own.
  while read_deadman && [ "$dead_token" = "$watch_token" ]; do
    if deadman_is_due && deadman_settle; then return; fi
    sleep 1
  done
}

# True if nobody else will settle it.
deadman_is_due() {
  now
  # The window of a new boot is a new one, which began when this watcher did.
  [ "$dead_boot" = "$boot_id" ] || { dead_due=$watch_due && dead_phase=armed; }
  if lock_alive "$lock"; then
    watch_dead=0
    [ "$dead_phase" = armed ] && [ "$holder_run" = "$dead_run" ] && [ ! -e "$state/decided.$dead_token" ] &&
      [ "$clock" -ge $((dead_due + deadman_patience)) ] && kill -KILL "$lock_pid"
    return 1
  fi
  watch_dead=$((watch_dead + 1))
  [ "$dead_phase" = armed ] && [ "$clock" -lt "$dead_due" ] && [ ! -e "$state/decided.$dead_token" ] && return 1
  # A run that is being handed over has no living holder for a moment.
  [ "$watch_dead" -ge 2 ]
}

# False: somebody else has the machine.
deadman_settle() {
  take_lock "$dead_run" '' || return
  if read_deadman && [ "$dead_token" = "$watch_token" ]; then
    purpose=$dead_purpose
    open_run "$dead_run"
    mkdir -p "$rt" "$keep"
    end_leftover 10
    resume_journal
    # If the step stays, the rest of the run is for whoever starts it again.
    if ! settle_step '' && ! has_ended; then
      conclude failed
      release_lock "$rt/slots" "$rt/out"
    fi
  fi
  [ -z "$lock_run" ] || release_lock
}

# By the holder of the lock, for a run that is dead, and was cancelled if $1. False: its step failed.
settle_step() {
  cancelled=$1 child='' only='' unstoppable=''
  bytes=$dead_bytes bundle=$dead_bundle instance=$dead_instance purpose=$dead_purpose
  bundle_dir=$volatile/bundles/$bytes
  trap on_cancel TERM
  if ! (lock_run='' && unpack "$bytes" bundle) >/dev/null; then
    disarm
    id=$dead_id fingerprints='' more=',"code":"MW-STEP-UNCONFIRMED"'
    emit_step failed 'the run died over it, and it cannot be taken back: the bundle is not here any more'
    return 1
  fi
  load_bundle
  load_slots
  load_debts
  dead_step
  [ "$dead_phase" != acting ] || { settle_acting; return; }
  conclude_step
}

# The run died while the step acted. It is judged anew when the run goes on.
settle_acting() {
  defer_cancel
  restore_step
  settle_rc=$? dead_reason=$reason
  # It may have died just when what it notified had heard of it.
  bundle_services pay_if_notified
  rejoin
  honour_cancel
  [ "$settle_rc" = 0 ] || half_done
  disarm
  return "$settle_rc"
}

# `confirm --run ID --step STEP`
confirm() {
  run_options "$@"
  if read_deadman && [ "$dead_run" = "$run" ] && [ "$dead_id" = "$step" ] && [ "$dead_phase" = armed ]; then
    decide confirmed
    [ -n "$decision" ] || cancel_answer '"confirm":"failed"' 15
    confirm_answer "$decision"
  fi
  json "$step"
  confirm_file=$rt/journal
  [ -s "$confirm_file" ] || confirm_file=$keep/journal
  confirm_last=$(grep -F "\"step\":$json,\"state\":\"" "$confirm_file" 2>/dev/null | grep -v '"state":"ok"' | tail -n 1)
  case $confirm_last in
    *'"state":"confirmed"'* | *'"state":"changed"'*) confirm_answer confirmed ;;
    *MW-STEP-UNCONFIRMED* | *MW-RUN-CANCELLED*) confirm_answer undo ;;
    *) confirm_answer not-armed ;;
  esac
}

confirm_answer() {
  case $1 in
    confirmed) cancel_answer '"confirm":"confirmed"' 0 ;;
    undo) cancel_answer '"confirm":"undone"' 23 ;;
    *) cancel_answer '"confirm":"not-armed"' 23 ;;
  esac
}
