# The journal: JSON lines of one run, in tmpfs for those who follow, and on disk (apply and rollback only) for those who
# come later.

# $key becomes run id $1 as a file name.
key_of() {
  key=$1
  while :; do
    case $key in */*) key=${key%%/*}+${key#*/} ;; *) break ;; esac
  done
}

# Opens run $1. $rt and $keep become its folders; $keep is empty for runs that may change nothing on disk.
open_run() {
  run=$1
  key_of "$1"
  run_key=$key
  rt=$volatile/runs/$run_key
  keep='' child_file=''
  if [ "$purpose" = apply ] || [ "$purpose" = rollback ]; then
    keep=$state/runs/$run_key
    # Only one run at a time has the machine, and its successor must find what it left.
    child_file=$volatile/child
  fi
  seq=0
}

# Goes on where an earlier process of this run ended, without the line that a power cut may have torn.
resume_journal() {
  seq=0
  # By whoever admitted the run, or worked on it and died.
  [ -z "$keep" ] || unsynced=$state
  if [ -n "$keep" ] && [ -s "$keep/journal" ] && [ ! -s "$rt/journal" ]; then
    grep '^{"v":1,.*}$' "$keep/journal" >"$rt/journal"
  fi
  [ -s "$rt/journal" ] || return 0
  seq=$(wc -l <"$rt/journal")
  seq=$((seq + 0))
  [ -z "$keep" ] || cat "$rt/journal" >"$keep/journal"
}

# Appends a line of state $1; $2 is further members, each with its comma first; $3 is members that stand before state.
emit() {
  seq=$((seq + 1))
  read -r uptime _ </proc/uptime
  emit_line="{\"v\":1,\"run\":\"$run\",\"seq\":$seq,\"bootId\":\"$boot_id\",\"uptime\":$uptime$3,\"state\":\"$1\"$2}"
  printf '%s\n' "$emit_line" >>"$rt/journal"
  [ -z "$aloud" ] || printf '%s\n' "$emit_line"
  [ -z "$keep" ] || { printf '%s\n' "$emit_line" >>"$keep/journal" && wake; }
}

# Wakes those who follow: a line in the pipe for each that has put one in $volatile/asleep, so that it is never full. Open
# for reading, too, it takes what is written though nobody may be there any more.
wake() {
  [ -s "$volatile/asleep" ] && [ -p "$volatile/wake" ] || return 0
  wake_lines=
  {
    while read -r _; do wake_lines=$wake_lines$nl; done <"$volatile/asleep"
    # Not after it: who wakes may go to sleep again at once.
    true >"$volatile/asleep"
    printf %s "$wake_lines" 1<>"$volatile/wake"
  } 2>/dev/null
}

# A line about the current step, with the members in $more. $2 is the reason, shown without secrets, and not at all where
# the step is sensitive and it may tell of what it holds.
emit_step() {
  json "$id"
  emit_id=$json
  emit_more=
  masked=$2
  [ -z "$slot_secrets" ] || mask "$2"
  case $sensitive$1 in
    1started | 1ok | 1differs | 1changed | 1undone | 1failed) masked='sensitive: what it holds and says is not shown' ;;
  esac
  if [ -n "$masked" ]; then
    json "$masked"
    emit_more=,\"reason\":$json
  fi
  emit "$1" "$emit_more$more" ",\"step\":$emit_id"
  more=
}

# $output becomes the base64 of the last 8 KiB of file $1, secrets masked; empty if there is nothing to show.
tail_output() {
  output='' output_text=
  [ -s "$1" ] || return 0
  output_text=$(tail -c $((8192 + slot_longest)) "$1" | tr -d '\000')
  if [ "${#output_text}" -ge 8192 ] && [ "$slot_longest" -gt 0 ]; then
    # The window may begin inside a secret.
    case $output_text in *"$nl"*) output_text=${output_text#*"$nl"} ;; *) output_text= ;; esac
  fi
  [ -z "$sensitive" ] || return 0
  mask "$output_text"
  output=$(printf '%s' "$masked" | tail -c 8192 | base64 | tr -d '\n')
}

# For <type>_diff: $step_diff becomes what differs between files $2 and $3, both called $1: no secrets, at most 200 lines
# and 64 KiB. Before an act a file that isn't there yet makes no difference.
unified() {
  command -v diff >/dev/null || return 0
  # What a new file holds is what the step says; only a check has nothing else to show.
  [ "$2" != /dev/null ] || [ "$purpose" = check ] || return 0
  unified_text=$(diff -u -L "$1" -L "$1" -- "$2" "$3" | head -c 65536)
  # What was cut may end inside a secret.
  [ "${#unified_text}" -lt 65000 ] || unified_text=${unified_text%"$nl"*}
  [ -n "$unified_text" ] || return 0
  IFS=$nl
  set -- $unified_text
  IFS=" $tab$nl"
  [ $# -le 200 ] || unified_text=$(printf '%s\n' "$unified_text" | head -n 200)
  mask "$unified_text"
  step_diff=$(printf '%s\n' "$masked" | base64)
  join_lines "$step_diff"
  step_diff=$joined
}

# $joined becomes $1 without its newlines.
join_lines() {
  IFS=$nl
  set -- $1
  IFS=
  joined="$*"
  IFS=" $tab$nl"
}
