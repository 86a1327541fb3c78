# The steps of a bundle, in order. The compiler wrote steps/000.sh (what the types do, and which facts all steps need)
# and steps/NNN.sh (what one step wants, as variables); judging is done here.

load_bundle() {
  . "$bundle_dir/steps/000.sh"
}

# Loads step $1: id, type, hash, repeatable, undo, risky, notify, slots, the variables of its type, and `facts`; where it
# has them, when (and when_holds, when_found), step_limit, attempts, attempt_delay, sensitive.
load_step() {
  risky=0 when='' step_limit='' attempts=1 attempt_delay=5 sensitive=
  number=$1
  while [ "${#number}" -lt 3 ]; do number=0$number; done
  . "$bundle_dir/steps/$number.sh"
}

# True if the run is restricted to other steps.
left_out() {
  [ -n "$only" ] || return 1
  case $nl$only$nl in *"$nl$id$nl"*) return 1 ;; esac
}

# Facts are swept for all steps at first. Whatever a step did may have changed them: the step after it looks for
# itself, and as soon as one step did nothing, the rest is swept at once again.
freshen() {
  case $facts_are in
    touched)
      facts
      sweep
      facts_are=settling
      ;;
    settling)
      freshen_from=$at
      while [ "$freshen_from" -le "$bundle_steps" ]; do
        load_step "$freshen_from"
        left_out || facts
        freshen_from=$((freshen_from + 1))
      done
      load_step "$at"
      sweep
      facts_are=fresh
      ;;
  esac
}

first_facts() {
  facts_are=fresh
  if [ -z "$only" ]; then
    bundle_facts
    sweep
    return
  fi
  at=1 facts_are=settling
  load_step 1
  freshen
}

# True if somebody wants the run to end before the next step.
ending() {
  [ -z "$unstoppable" ] || return 1
  [ -n "$cancelled" ] || [ -e "$rt/stop" ] || return 1
  cut_short=1
}

run_steps() {
  first_facts
  at=0
  while [ "$at" -lt "$bundle_steps" ]; do
    at=$((at + 1))
    load_step "$at"
    left_out && continue
    ! ending || return 0
    run_step || return 1
  done
}

# Judges one step and, in an apply, acts. False: it failed and the run ends.
run_step() {
  now
  began=$clock
  true >"$rt/out"
  fingerprints='' prints='' more='' differing=
  [ "$purpose" = check ] || ! was_interrupted || return 1
  freshen
  [ -z "$slots" ] || step_fingerprints
  judge
  [ -z "$cancelled" ] || return 0
  if [ "$verdict" = differs ] && [ -n "$keep" ]; then
    # Time has passed since the sweep for all.
    [ "$facts_are" != fresh ] || [ "$type" = command ] || { facts && sweep && judge; }
    [ "$verdict" != differs ] || { act; return; }
  fi
  case $verdict in
    failed)
      step_failed
      some_failed=1
      [ "$purpose" = check ]
      return
      ;;
    differs) difference ;;
  esac
  step_ended "$verdict"
}

# $differing becomes the journal member that shows what an act would change, as far as the type can.
difference() {
  differing='' step_diff=
  [ -z "$sensitive" ] && command -v "${type}_diff" >/dev/null || return 0
  # What it needs for that must not stay behind for the act.
  step_diff=$("${type}_diff" >/dev/null 2>&1; printf %s "$step_diff")
  differing=${step_diff:+",\"diff\":\"$step_diff\""}
}

# $verdict becomes ok, differs, skipped or failed; $reason says why.
judge() {
  verdict='' reason='' code='' rc=
  ! excused || return 0
  "${type}_check" 2>>"$rt/out"
}

# True if the step is not for this machine; $reason says why.
excused() {
  [ -n "$when" ] && ! when_holds || return 1
  when_found
  verdict=skipped reason="when $when: $found"
}

# For checks: nothing can make this step right.
refuse() {
  verdict=failed code=$1 reason=$2
}

step_ended() {
  now
  case $1 in changed | differs) more="$differing$more" ;; esac
  differing=
  more="$more,\"durationMs\":$((clock - began)),\"hash\":\"$hash\"$fingerprints"
  emit_step "$1" "$reason"
}

step_failed() {
  tail_output "$rt/out"
  machine_code "$output_text" "${code:-MW-CHANGE-COMMAND}"
  more="$more,\"code\":\"$code\""
  case $rc in '' | 0) ;; *) more="$more,\"exit\":$rc" ;; esac
  [ -z "$output" ] || more="$more,\"output\":\"$output\""
  step_ended failed
}

# False: the step failed or was cancelled.
act() {
  emit_step started "$reason"
  difference
  rc='' code='' unchanged='' debts_before=$debts attempt=1 in_vain=1
  facts_are=touched
  if [ "$risky" = 1 ] && ! arm; then
    step_failed
    return 1
  fi
  if ! write_ahead 2>>"$rt/out"; then
    [ "$risky" = 0 ] || disarm
    unsave_step
    [ "$repeatable" = 1 ] || true >"$state/inflight"
    code=MW-MACHINE-STATE reason="what it would have done cannot be written to $state first, so it was not done"
    step_failed
    return 1
  fi
  until act_once; do
    [ -n "$unchanged" ] || in_vain=
    [ "$attempt" -lt "$attempts" ] && [ -z "$cancelled" ] && again || break
  done
  [ "$repeatable" = 1 ] || true >"$state/inflight"
  [ "$attempts" = 1 ] || [ "$attempt" = 1 ] || { ordinal "$attempt" && reason="$reason ($ordinal of $attempts attempts)"; }
  if [ -n "$acted" ]; then
    if [ "$risky" = 1 ]; then prove; elif [ -n "$unchanged" ]; then acted_in_vain; else step_ended changed; fi
    return
  fi
  [ "$risky" = 0 ] || abandon
  [ -z "$in_vain" ] || owe_as_before
  if [ -n "$cancelled" ]; then
    reason='cancelled while it ran'
    more=',"code":"MW-RUN-CANCELLED"'
    step_ended interrupted
    return 1
  fi
  if [ "$code" = MW-RUN-STOPPED ]; then
    step_ended interrupted
    return
  fi
  step_failed
  return 1
}

# What must be known should we die in the middle: what the step replaces, that an unguarded program was begun, and whom the
# step notifies.
write_ahead() {
  pending=1
  save_step && { [ "$repeatable" = 1 ] || durable "$state/inflight" "$hash $id"; } && notify
  set -- $?
  pending=
  [ "$1" = 0 ] && { [ -n "$lean" ] || settle; }
}

# For applies: `fail CODE REASON || return`.
fail() {
  code=$1 reason=$2
  return 1
}

# True if an earlier run or boot began this step, which must not be begun twice, and nobody knows how it ended. It says
# so once: the next run that somebody starts is the answer.
was_interrupted() {
  [ "$repeatable" = 0 ] && [ -s "$state/inflight" ] || return 1
  read -r interrupted_hash interrupted_id <"$state/inflight"
  [ "$interrupted_id" = "$id" ] || return 1
  true >"$state/inflight"
  reason='an earlier run began it and died: nobody knows whether it ran, and it has no guard'
  more=',"code":"MW-STEP-INTERRUPTED"'
  step_ended interrupted
}
