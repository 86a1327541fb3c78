# The dead-man timer: a step that may cut our own access (`risky`) takes itself back unless somebody confirms it over a
# new connection. $state/deadman tells of the step, from before it acts until that is settled; whoever holds the machine's
# lock settles it: the run itself, or a watcher (of this boot or the next) once the run is dead.
# Its first line is `acting|armed TOKEN RUN STEP BYTES BUNDLE INSTANCE PURPOSE DEADLINE BOOT`, the second the step's id.

# Seconds that a new connection has to confirm.
deadman_window=60
# A run that was due so many milliseconds ago and has done nothing is frozen.
deadman_patience=15000

write_deadman() {
  dead_phase=$1 dead_run=$run dead_number=$number dead_boot=$boot_id
  now
  dead_due=$((clock + deadman_window * 1000))
  durable "$state/deadman" "$1 $dead_token $run $number $bytes $bundle $instance $purpose $dead_due $boot_id$nl$id"
}

# Before the current step acts. False: it must not.
arm() {
  [ "$undo" != none ] ||
    fail MW-STEP-NODEADMAN 'it is risky and cannot be undone, so nothing could bring back what it may cut' || return
  ! was_recalled || fail MW-STEP-UNCONFIRMED 'this run has done it already, and taken it back as nobody confirmed it' || return
  now
  dead_token=$$.$clock.$boot_id
  hook_boot || fail MW-STEP-NODEADMAN 'it is risky, and nothing here could take it back at boot' ||
    { disarm && return 1; }
  write_deadman acting && deadman_watch restart && return
  code=MW-MACHINE-STATE reason="its dead-man timer cannot be written to $state, so it was not done"
  disarm
  return 1
}

was_recalled() {
  json "$id"
  grep -F "\"step\":$json,\"state\":\"failed\"" "$rt/journal" | grep -q '"code":"MW-STEP-UNCONFIRMED"'
}

# Nobody has to be waited for any more.
disarm() {
  rm -f "$state/deadman" && sync "$state"
  unhook_boot
  set +f
  rm -f "$state"/decided.*
  set -f
  return 0
}

# Whoever is first decides for all: $decision becomes confirmed or undo; empty if it can't be written down.
decide() {
  decide_file=$state/decided.$dead_token
  if [ ! -e "$decide_file" ]; then
    printf '%s\n' "$1" >"$decide_file.$$" && sync "$decide_file.$$" && ln "$decide_file.$$" "$decide_file"
    rm -f "$decide_file.$$"
    sync "$state"
  fi 2>/dev/null
  decision=
  { read -r decision <"$decide_file"; } 2>/dev/null
}

# The current step has acted. True: it stays.
prove() {
  dead_did=$reason dead_began=$began dead_prints=$fingerprints dead_saved=$saved
  if ! pay_at_once; then
    dead_reason="$reason; what led to it is taken back" dead_code=$code
    recall
    return 1
  fi
  rejoin
  if ! write_deadman armed 2>>"$rt/out"; then
    dead_code=MW-MACHINE-STATE dead_reason="that it waits to be confirmed cannot be written to $state; it is taken back"
    recall
    return 1
  fi
  await_confirmation
}

# The step that was begun is the current one again; paying debts has loaded services in its place.
rejoin() {
  load_step "$dead_number"
  began=$dead_began fingerprints=$dead_prints saved=$dead_saved
}

# What the step notifies hears of it now: as a rule it is the reload that cuts access.
pay_at_once() {
  [ -z "$cancelled" ] || { reason='cancelled' && return 1; }
  unstoppable=1
  bundle_services pay_if_notified
  set -- $?
  unstoppable=
  return "$1"
}

# Service step $2 is the bundle's $1th.
pay_if_notified() {
  ! grep -qxF -e "debt reload $2" -e "debt restart $2" "$dead_saved.step" || pay_service "$1" "$2"
}

# Waits for a decision about the current step, which is armed. True: it stays.
await_confirmation() {
  now
  dead_left=$(((dead_due - clock) / 1000))
  [ "$dead_left" -gt 0 ] || dead_left=0
  more=",\"withinSeconds\":$dead_left"
  emit_step armed 'waits for somebody to confirm over a new connection'
  while [ -z "$cancelled" ] && [ ! -e "$state/decided.$dead_token" ]; do
    now
    [ "$clock" -lt "$dead_due" ] || break
    sleep 0.2 2>/dev/null || sleep 1
  done
  conclude_step
}

# Nobody waits any longer. True: the current step stays.
conclude_step() {
  decide undo
  if [ "$decision" = confirmed ]; then
    emit_step confirmed
    reason=$dead_did
    step_ended changed
    disarm
    return
  fi
  dead_code=MW-STEP-UNCONFIRMED
  dead_reason="nobody confirmed over a new connection within $deadman_window s that this machine can still be reached"
  recall
  return 1
}

# Whoever cancels wants the run to end, and not half of its undoing.
defer_cancel() {
  dead_cancelled=$cancelled cancelled='' unstoppable=1
  trap 'dead_cancelled=1' TERM
}

honour_cancel() {
  trap on_cancel TERM
  cancelled=$dead_cancelled unstoppable=
}

# Takes the step back, pays what it owes again, and says that it failed: with $dead_code, for $dead_reason.
recall() {
  defer_cancel
  dead_tries=3
  rejoin
  true >"$rt/out"
  until restore_step; do
    dead_tries=$((dead_tries - 1))
    [ "$dead_tries" -gt 0 ] || break
    sleep 2
  done
  if [ "$dead_tries" -gt 0 ]; then
    dead_reason="$dead_reason: $reason"
    bundle_services pay_if_notified || dead_reason="$dead_reason; $reason"
  else
    dead_reason="$dead_reason, and it cannot be taken back: $reason"
  fi
  rejoin
  honour_cancel
  code=$dead_code reason=$dead_reason rc=
  recall_ended
  # Not before the journal has it: else the run would go on, and do it again.
  disarm
}

recall_ended() {
  if [ -z "$cancelled" ]; then
    step_failed
    return
  fi
  reason='cancelled before it was confirmed, and taken back' more=',"code":"MW-RUN-CANCELLED"'
  step_ended interrupted
}

# Puts back what the current step replaced, if it got as far.
restore_step() {
  reason='what it replaced is back already'
  is_saved || return 0
  take_back 2>>"$rt/out"
}

# The current step failed by itself: $reason, $code and what was printed stay, and what it did half is taken back.
abandon() {
  dead_reason=$reason dead_code=$code dead_rc=$rc
  dead_began=$began dead_prints=$fingerprints dead_saved=$saved
  defer_cancel
  mv -f "$rt/out" "$rt/out.failed"
  restore_step || dead_reason="$dead_reason; it cannot be taken back: $reason"
  rejoin
  mv -f "$rt/out.failed" "$rt/out"
  disarm
  honour_cancel
  reason=$dead_reason code=$dead_code rc=$dead_rc
}

# A run goes on after its death. False: the risky step that it died over is taken back, and failed.
resume_deadman() {
  read_deadman && [ "$dead_run" = "$run" ] || return 0
  dead_step
  if [ "$dead_phase" = acting ]; then
    # Nobody knows how far it got. It is judged anew, and may act anew.
    restore_step
    set -- $?
    dead_reason=$reason
    rejoin
    [ "$1" = 0 ] || half_done
    disarm
    return "$1"
  fi
  # The window of a new boot is a new one.
  [ "$dead_boot" = "$boot_id" ] || write_deadman armed
  await_confirmation
}

# A run died while the current step acted, which cannot be taken back for $dead_reason.
half_done() {
  code=MW-STEP-UNCONFIRMED reason="its run died while it acted, and it cannot be taken back: $dead_reason" rc=
  step_failed
}

# Loads the step that $state/deadman tells of.
dead_step() {
  now
  began=$clock fingerprints='' prints='' more='' rc='' code=''
  load_step "$dead_number"
  [ -z "$slots" ] || step_fingerprints
  dead_did='done before the run died' dead_began=$began dead_prints=$fingerprints dead_number=$number
  saved=$state/preimages/$run_key/$number dead_saved=$saved
}
