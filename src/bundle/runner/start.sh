# `start`: admits a run to this machine, or says why not.

start() {
  start_options "$@"
  check_plain "$run" "$bundle" "$bytes" "$instance" "$purpose"
  if [ "$say_status" = first ]; then
    status
    [ "$head_bundle" = "$bundle" ] && [ "$hold_json" = null ] || exit 0
  fi
  aloud=
  fresh_boot
  # /run may be shared by a dead boot's files; the folders of this boot are ours alone.
  [ -d "$volatile/runs" ] || mkdir -p "$volatile/runs" || start_failed "$volatile cannot be written"
  open_run "$run"
  case $purpose in
    apply) start_apply ;;
    rollback) check_plain "$undo_change" "$undo_bytes" && start_apply ;;
    check | verify) start_look ;;
    *) usage "purpose $purpose" ;;
  esac
}

start_options() {
  patience=50
  run='' bundle='' bytes='' purpose='' expect=none instance=none only='' follow='' handover='' say_status='' undo_change='' undo_bytes=
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
      --undo) undo_change=$2 && shift ;;
      --undo-bytes) undo_bytes=$2 && shift ;;
      --follow) follow=1 ;;
      --status) say_status=$2 && shift ;;
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
  if read_deadman && [ "$dead_run" != "$run" ]; then
    # Its run is dead, but what it did isn't settled.
    deadman_watch start
    answer "\"start\":\"refused\",\"reason\":\"busy\",\"head\":$head_json,\"active\":\"$dead_run\"" 10
  fi
  if held; then
    hold_text
    json "$hold_text"
    answer "\"start\":\"held\",\"reason\":$json" 13
  fi
  if [ "$head_run" != "$run" ] && [ "$head_text" != "$expect" ]; then
    answer "\"start\":\"refused\",\"reason\":\"stale\",\"head\":$head_json" 10
  fi
  [ "$purpose" != rollback ] || undo_admit
  unpack_bundle
  accept
}

# True after a moment if the holder of the lock has said its last word and is about to let go; not for ever.
patient() {
  key_of "$holder_run"
  [ -n "$key" ] && [ -e "$volatile/runs/$key/ended" ] && [ "$patience" -gt 0 ] || return 1
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
  [ -z "$follow" ] || follow_start
  exit 0
}

# Follows the run; where that was asked for, what `status` says is the last line.
follow_start() {
  [ "$say_status" != last ] || trap status EXIT
  follow_run 1
}

# The run is admitted: from here on a `start` with its id attaches to it or goes on with it.
accept() {
  {
    make_folders && true >>"$rt/journal" && receive_slots "$rt/slots.new"
  } 2>"$volatile/accept" || start_unready
  if [ -d "$rt/slots.new" ]; then
    rm -rf "$rt/slots"
    mv "$rt/slots.new" "$rt/slots"
  fi
  if [ "$head_run" != "$run" ]; then
    # The run syncs the folder before it acts, and before it ends.
    pending=1
    { accept_bytes && durable "$state/head" "$((head_generation + 1)) $bundle $run"; } 2>"$volatile/accept" || start_unready
    read_head
  fi
  accept_anew "$rt/ended" "$keep/ended" "$rt/stop"
  offer_hold
  started_at $$
  set -- --run "$run" --bundle "$bundle" --bytes "$bytes" --purpose "$purpose" --instance "$instance"
  [ "$purpose" != rollback ] || set -- "$@" --undo "$undo_change" --undo-bytes "$undo_bytes"
  IFS=$nl
  for only_step in $only; do set -- "$@" --only "$only_step"; done
  IFS=" $tab$nl"
  setsid sh "$self" run "$@" --handover "$$.$start_time" </dev/null >/dev/null 2>"$rt/log" &
  printf '{"v":1,"start":"accepted","head":%s}\n' "$head_json"
  [ -z "$follow" ] || follow_start
}

# What an earlier process of this run left is removed, so that followers wait for the new one.
accept_anew() {
  for accept_old in "$@"; do
    [ ! -e "$accept_old" ] || { rm -f "$@" && return; }
  done
}

# Which tar this run applies, and which the run before it did: those two are not collected.
accept_bytes() {
  accept_before=
  if [ -n "$head_run" ]; then
    key_of "$head_run"
    accept_before=unknown
    { read -r accept_before <"$state/runs/$key/bytes"; } 2>/dev/null
  fi
  printf '%s\n' "$bytes" >"$keep/bytes" && printf '%s\n' "$accept_before" >"$keep/before"
}

# One program as a rule. A follower that finds no pipe looks from time to time.
make_folders() {
  [ -p "$volatile/wake" ] || mkfifo "$volatile/wake" 2>/dev/null
  if [ -d "$state/once" ]; then
    mkdir -p "$rt" "$keep"
  else
    mkdir -p "$rt" "$keep" "$state/preimages" "$state/unproved" "$state/tombstones" "$state/once" && chmod 700 "$state"
  fi
}

start_unready() {
  unready=
  { read -r unready || [ -n "$unready" ]; } <"$volatile/accept"
  start_failed "${unready:-the slots on standard input were cut off}" "$unready"
}

run_detached() {
  start_options "$@"
  open_run "$run"
  bundle_dir=$volatile/bundles/$bytes
  aloud=
  detached
}
