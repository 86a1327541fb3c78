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
  follow_part= follow_pause=0.1
  while :; do
    follow_ended=
    [ ! -e "$rt/ended" ] && [ ! -e "$keep/ended" ] || follow_ended=1
    follow_dead=
    [ -n "$follow_ended" ] || run_alive || follow_dead=1
    follow_print
    [ -z "$follow_ended" ] || exit 0
    [ -z "$follow_dead" ] || follow_wait || exit $?
    sleep "$follow_pause" 2>/dev/null || sleep 1
  done
}

# Prints what is new without starting a program: while a step takes its time, every fork here is taken from it. The
# longer nothing happens, the more rarely it looks.
follow_print() {
  case $follow_pause in 0.1) follow_next=0.2 ;; 0.2) follow_next=0.5 ;; *) follow_next=1 ;; esac
  while IFS= read -r follow_line <&4; do
    printf '%s\n' "$follow_part$follow_line"
    follow_part= follow_next=0.1
  done
  # A line that is still being written.
  follow_part=$follow_part$follow_line
  follow_pause=$follow_next
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
