# How often and for how long a step may act: `timeout` and `retries`.

# Acts once, within the step's limit. $acted says whether that succeeded, and so does its result.
act_once() {
  acted='' unchanged='' timed_out='' deadline=
  case $verdict in
    differs) ;;
    # The attempt before did it, or somebody else.
    ok) acted=1 && return ;;
    *) return 1 ;;
  esac
  if [ -n "$step_limit" ]; then
    now
    deadline=$((clock + step_limit * 1000))
  fi
  "${type}_apply" 2>>"$rt/out" && acted=1
  deadline=
  if [ -z "$acted" ] && [ -n "$timed_out" ]; then
    code=MW-STEP-TIMEOUT reason="did not end within $step_limit s: the program that it ran was ended"
  fi
  [ -n "$acted" ]
}

# Tells of an attempt that failed and judges anew after a while: the machine may be another by then. False: cancelled.
again() {
  ordinal "$attempt"
  tail_output "$rt/out"
  more=${output:+",\"output\":\"$output\""}
  emit_step started "$ordinal of $attempts attempts: $reason; again in $attempt_delay s"
  launch $((${attempt_delay%.*} + 60)) in_session sleep "$attempt_delay"
  [ -z "$cancelled" ] || return
  attempt=$((attempt + 1))
  true >"$rt/out"
  facts
  sweep
  judge
}

# $ordinal becomes 1st, 2nd, 3rd...
ordinal() {
  case $1 in
    *1[123]) ordinal=${1}th ;;
    *1) ordinal=${1}st ;;
    *2) ordinal=${1}nd ;;
    *3) ordinal=${1}rd ;;
    *) ordinal=${1}th ;;
  esac
}
