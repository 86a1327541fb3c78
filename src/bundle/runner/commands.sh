# What the runner is asked to do.

start() {
  start_options "$@"
  check_plain "$run" "$bundle" "$bytes" "$instance" "$purpose"
  aloud=
  fresh_boot
  # /run may be shared by a dead boot's files; the folders of this boot are ours alone.
  [ -d "$volatile/runs" ] || mkdir -p "$volatile/runs" || start_failed "$volatile cannot be written"
  open_run "$run"
  case $purpose in
    apply) start_apply ;;
    check | verify) start_look ;;
    *) usage "purpose $purpose" ;;
  esac
}

start_options() {
  patience=50
  run='' bundle='' bytes='' purpose='' expect=none instance=none only='' follow='' handover=
  while [ $# -gt 0 ]; do
    case $1 in
      --run) run=$2 && shift ;;
      --bundle) bundle=$2 && shift ;;
      --bytes) bytes=$2 && shift ;;
      --purpose) purpose=$2 && shift ;;
      --expect) expect=$2 && shift ;;
      --instance) instance=$2 && shift ;;
      --only) only=$only${only:+$nl}$2 && shift ;;
      --handover) handover=$2 && shift ;;
      --follow) follow=1 ;;
      *) usage "option $1" ;;
    esac
    shift
  done
}

# Ids become file names and words of state files.
check_plain() {
  for plain in "$@"; do
    case $plain in
      '' | *[!A-Za-z0-9_./:@+=-]* | *..* | /* | -*) usage "id '$plain'" ;;
    esac
  done
}

usage() {
  printf 'millwright runner: cannot read %s\n' "$1" >&2
  exit 64
}

# Prints answer $1 (members after v) and exits with $2; the lock is given back.
answer() {
  [ -z "$lock_run" ] || release_lock
  printf '{"v":1,%s}\n' "$1"
  exit "$2"
}

start_failed() {
  machine_code "$2" MW-MACHINE-STATE
  json "$1"
  answer "\"start\":\"failed\",\"code\":\"$code\",\"reason\":$json" 15
}

# Whatever an earlier boot left under a /run that isn't tmpfs is void.
fresh_boot() {
  booted=
  { read -r booted <"$volatile/boot"; } 2>/dev/null
  [ "$booted" = "$boot_id" ] && return
  [ -z "$booted" ] || rm -rf "$volatile"
  mkdir -p "$volatile/runs" && printf '%s\n' "$boot_id" >"$volatile/boot" && return
  start_failed "$volatile cannot be written" "$(: 2>&1 >"$volatile/boot")"
}

# $head_json becomes head as JSON; head_text as `--expect` has it.
read_head() {
  head_generation=0 head_bundle='' head_run='' head_json=null head_text=none
  { read -r head_generation head_bundle head_run <"$state/head"; } 2>/dev/null || return 0
  head_json="{\"generation\":$head_generation,\"bundle\":\"$head_bundle\",\"run\":\"$head_run\"}"
  head_text=$head_generation:$head_bundle:$head_run
}

# Checks and verifications change nothing on disk and need no lock; several may run at a time, but not beside an apply.
start_look() {
  read_head
  [ ! -e "$state/tombstones/$run_key" ] || answer '"start":"tombstoned"' 14
  while lock_alive "$lock"; do
    patient || start_busy
  done
  unpack_bundle
  # A look is taken anew each time somebody asks: an answer from before a retry would be old.
  rt=$rt.$$
  child_file=$rt/child
  trap 'rm -rf "$rt"' EXIT
  mkdir -p "$rt" && receive_slots "$rt/slots" || start_failed 'the slots on standard input were cut off'
  printf '{"v":1,"start":"accepted","head":%s}\n' "$head_json"
  aloud=1
  load_bundle
  perform
}

start_apply() {
  until take_lock "$run" ''; do
    patient || start_busy
  done
  if [ -e "$state/tombstones/$run_key" ]; then answer '"start":"tombstoned"' 14; fi
  read_head
  if has_ended; then
    release_lock
    start_attached false
  fi
  if [ -e "$state/hold" ]; then
    read_hold
    answer "\"start\":\"held\",\"reason\":$json" 13
  fi
  if [ "$head_run" != "$run" ] && [ "$head_text" != "$expect" ]; then
    answer "\"start\":\"refused\",\"reason\":\"stale\",\"head\":$head_json" 10
  fi
  unpack_bundle
  accept
}

# True after a moment if the holder of the lock has said its last word and is about to let go; not for ever.
patient() {
  holder_key=$holder_run
  while :; do
    case $holder_key in */*) holder_key=${holder_key%%/*}+${holder_key#*/} ;; *) break ;; esac
  done
  [ -n "$holder_key" ] && [ -e "$volatile/runs/$holder_key/ended" ] && [ "$patience" -gt 0 ] || return 1
  patience=$((patience - 1))
  sleep 0.1 2>/dev/null || sleep 1
}

start_busy() {
  read_lock "$lock"
  [ -n "$holder" ] || start_failed "$volatile cannot be written" "$(true 2>&1 >"$lock.try")"
  read_head
  [ "$holder_run" != "$run" ] || start_attached true
  answer "\"start\":\"refused\",\"reason\":\"busy\",\"head\":$head_json,\"active\":\"$holder_run\"" 10
}

start_attached() {
  printf '{"v":1,"start":"attached","head":%s,"active":%s}\n' "$head_json" "$1"
  [ -z "$follow" ] || follow_run 1
  exit 0
}

# The run is admitted: from here on a `start` with its id attaches to it or goes on with it.
accept() {
  {
    mkdir -p "$rt" "$keep" &&
      { [ -d "$state/once" ] || make_state; } &&
      receive_slots "$rt/slots.new"
  } 2>"$volatile/accept.$$" || start_unready
  if [ -d "$rt/slots.new" ]; then
    rm -rf "$rt/slots"
    mv "$rt/slots.new" "$rt/slots"
  fi
  if [ "$head_run" != "$run" ]; then
    durable "$state/head" "$((head_generation + 1)) $bundle $run" 2>"$volatile/accept.$$" || start_unready
    read_head
  fi
  # What an earlier process of this run left, so that followers wait for the new one.
  rm -f "$volatile/accept.$$" "$rt/ended" "$keep/ended" "$rt/stop"
  started_at $$
  set -- --run "$run" --bundle "$bundle" --bytes "$bytes" --purpose "$purpose" --instance "$instance"
  IFS=$nl
  for only_step in $only; do set -- "$@" --only "$only_step"; done
  IFS=" $tab$nl"
  setsid sh "$self" run "$@" --handover "$$.$start_time" </dev/null >/dev/null 2>"$rt/log" &
  printf '{"v":1,"start":"accepted","head":%s}\n' "$head_json"
  if [ -n "$follow" ]; then
    follow_run 1
  fi
}

make_state() {
  chmod 700 "$state" && mkdir -p "$state/preimages" "$state/unproved" "$state/tombstones" "$state/once"
}

start_unready() {
  unready=$(cat "$volatile/accept.$$")
  rm -f "$volatile/accept.$$"
  start_failed "${unready:-the slots on standard input were cut off}" "$unready"
}

run_detached() {
  start_options "$@"
  open_run "$run"
  bundle_dir=$volatile/bundles/$bytes
  aloud=
  detached
}

# $bundle_dir becomes the folder with the bundle's files, proved by the digest of the tar that they came from.
unpack_bundle() {
  bundle_dir=$volatile/bundles/$bytes
  [ ! -d "$bundle_dir" ] || return 0
  unpack_tar=$state/bundles/$bytes.tar
  unpack_sum=
  [ ! -s "$unpack_tar" ] || unpack_sum=$(sha256sum "$unpack_tar")
  [ "${unpack_sum%% *}" = "$bytes" ] || answer '"start":"lacking","what":"bundle"' 12
  mkdir -p "$bundle_dir.$$" && tar -xf "$unpack_tar" -C "$bundle_dir.$$" 2>"$volatile/unpack.$$" || {
    unpack_error=$(cat "$volatile/unpack.$$")
    rm -rf "$bundle_dir.$$" "$volatile/unpack.$$"
    start_failed "the bundle cannot be unpacked: $unpack_error" "$unpack_error"
  }
  rm -f "$volatile/unpack.$$"
  # Two may unpack at a time; the second finds the first's folder and puts its own inside, which harms nobody.
  mv "$bundle_dir.$$" "$bundle_dir" 2>/dev/null
  [ ! -d "$bundle_dir/$bytes.$$" ] || rm -rf "$bundle_dir/$bytes.$$"
}

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
  run='' from=1 grace=30 purpose=apply
  while [ $# -gt 0 ]; do
    case $1 in
      --run) run=$2 && shift ;;
      --from) from=$2 && shift ;;
      --grace) grace=$2 && shift ;;
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

read_hold() {
  hold=
  { IFS= read -r hold <"$state/hold"; } 2>/dev/null
  json "${hold:-held}"
}

status() {
  read_head
  status_active=null
  if lock_alive "$lock"; then status_active="\"$holder_run\""; fi
  load_debts
  status_debts=
  IFS=$nl
  for debt in $debts; do
    json "$debt"
    status_debts=$status_debts,$json
  done
  IFS=" $tab$nl"
  status_hold=null
  if [ -e "$state/hold" ]; then read_hold && status_hold=$json; fi
  read -r uptime _ </proc/uptime
  printf '{"v":1,"head":%s,"active":%s,"debts":[%s],"hold":%s,"bootId":"%s","uptime":%s}\n' \
    "$head_json" "$status_active" "${status_debts#,}" "$status_hold" "$boot_id" "$uptime"
}

# Removes bundles and runners but those named, and old runs.
gc() {
  collect_runs
  set +f
  for gc_file in "$state"/bundles/* "$state"/runner/* "$volatile"/bundles/*; do
    gc_name=${gc_file##*/}
    case " $* ${self##*/} " in
      *" ${gc_name%.*}"[\ .]*) ;;
      *) rm -rf "$gc_file" ;;
    esac
  done
  set -f
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
  status) status ;;
  hold) mkdir -p "$state" && durable "$state/hold" "${1:-held}" ;;
  release) rm -f "$state/hold" ;;
  gc) gc "$@" ;;
  '') ;;
  *) usage "command $command" ;;
esac
