# `follow`: what a run says, to whoever asks, from wherever they left off.

# Prints the journal of the run from line $1 until the run ended. Exits 20 if its process died before, 21 if unknown.
follow_run() {
  follow_from=$1
  follow_file=$rt/journal
  follow_grace=10
  [ -e "$follow_file" ] || [ ! -e "$keep/ended" ] || follow_file=$keep/journal
  while [ ! -e "$follow_file" ]; do
    follow_wait || exit $?
  done
  exec 4<"$follow_file"
  [ "$follow_from" -le 1 ] || follow_skip
  follow_open
  follow_part='' follow_pause=0.1 follow_quiet=1 follow_asleep=
  while :; do
    follow_ended=
    [ ! -e "$rt/ended" ] && [ ! -e "$keep/ended" ] || follow_ended=1
    follow_print || follow_idle
  done
}

# Prints what is new without starting a program: while a step takes its time, every fork here is taken from it. False:
# there is nothing new.
follow_print() {
  follow_new=
  while IFS= read -r follow_line <&4; do
    printf '%s\n' "$follow_part$follow_line"
    follow_part='' follow_new=1
  done
  # A line that is still being written.
  follow_part=$follow_part$follow_line
  [ -n "$follow_new" ] && follow_quiet='' follow_pause=0.1
}

# Waits until there may be something new; ends with the run. What costs more than a look waits until a while was quiet.
follow_idle() {
  if [ -n "$follow_ticker" ] && [ -z "$follow_asleep" ]; then
    # Whoever writes sees this, or we see what they wrote: we look once more before we sleep.
    printf '\n' >>"$volatile/asleep"
    follow_asleep=1
  elif [ -n "$follow_ended" ] && ! run_alive; then
    [ -z "$follow_ticker" ] || kill "$follow_ticker" 2>/dev/null
    exit 0
  elif [ -n "$follow_quiet" ] && ! run_alive; then
    follow_wait || exit $?
  else
    follow_sleep
  fi
}

follow_sleep() {
  follow_quiet=1
  if [ -n "$follow_ticker" ]; then
    started_at "$follow_ticker"
    if [ -z "$start_time" ]; then follow_open; else read -r _ <&5 && follow_asleep=; fi
    return
  fi
  sleep "$follow_pause" 2>/dev/null || sleep 1
  case $follow_pause in 0.1) follow_pause=0.2 ;; 0.2) follow_pause=0.5 ;; *) follow_pause=1 ;; esac
}

# We hold the pipe open for writing, too, so that it never ends. Whoever wakes us may die before, and another follower may
# take what was meant for us: a ticker wakes us as well.
follow_open() {
  follow_ticker=
  [ -p "$volatile/wake" ] && { command exec 5<>"$volatile/wake"; } 2>/dev/null || return 0
  started_at $$
  follow_tick "$start_time" </dev/null >/dev/null 2>&1 &
  follow_ticker=$!
}

# Ends after a while, as a follower that hangs, or was stopped, empties no pipe.
follow_tick() {
  follow_ticks=0
  while [ "$follow_ticks" -lt 500 ] && sleep 2 && started_at $$ && [ "$start_time" = "$1" ]; do
    follow_ticks=$((follow_ticks + 1))
    printf '\n' >&5
  done
}

follow_skip() {
  while [ "$follow_from" -gt 1 ] && IFS= read -r follow_line <&4; do
    follow_from=$((follow_from - 1))
  done
}

run_alive() {
  lock_alive "$lock" && [ "$holder_run" = "$run" ]
}

# A run that was just accepted may not have the lock yet.
follow_wait() {
  run_alive || follow_grace=$((follow_grace - 1))
  if [ "$follow_grace" -le 0 ]; then
    [ -e "$rt" ] || [ -e "$keep" ] || return 21
    return 20
  fi
  sleep 0.1 2>/dev/null || sleep 1
}

run_options() {
  run='' step='' token='' from=1 grace=30 purpose=apply
  while [ $# -gt 0 ]; do
    case $1 in
      --run) run=$2 && shift ;;
      --from) from=$2 && shift ;;
      --grace) grace=$2 && shift ;;
      --step) step=$2 && shift ;;
      --token) token=$2 && shift ;;
      *) usage "option $1" ;;
    esac
    shift
  done
  check_plain "$run"
  case $from$grace in *[!0-9]*) usage "number $from $grace" ;; esac
  open_run "$run"
  aloud=
}

follow() {
  run_options "$@"
  follow_run "$from"
}
