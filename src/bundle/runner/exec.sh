# Programs that steps start: each in a session of its own, so that a whole tree can be told to stop.

in_session() {
  exec setsid "$@"
}

# Runs "$@" (the last thing it does is in_session) with $input as standard input, output appended to $rt/out, for at
# most $1 seconds. $rc becomes its exit status; 124 means that time was up.
launch() {
  launch_limit=$1
  rc=143
  [ -z "$cancelled" ] || return 0
  shift
  within_step || return 0
  (note_child && "$@") <"${input:-/dev/null}" >>"$rt/out" 2>&1 &
  child=$!
  started_at "$child"
  child_start=$start_time
  true >"$rt/sleeper"
  watch_child </dev/null >/dev/null 2>&1 &
  watchdog=$!
  while :; do
    wait "$child"
    rc=$?
    [ "$rc" -gt 128 ] && kill -0 "$child" 2>/dev/null || break
  done
  # A young subshell may still have our handler of TERM and lose the signal.
  kill -KILL "$watchdog" 2>/dev/null
  wait "$watchdog" 2>/dev/null
  sleeper=
  { read -r sleeper <"$rt/sleeper"; } 2>/dev/null
  [ -z "$sleeper" ] || kill -KILL "$sleeper" 2>/dev/null
  child=
  true >"$child_file"
  [ ! -e "$rt/late" ] || { rm -f "$rt/late" && rc=124 timed_out=$launch_cut; }
}

# $launch_limit becomes no more than what is left of the step's own. False: nothing is.
within_step() {
  launch_cut=
  [ -n "$deadline" ] || return 0
  now
  launch_left=$(((deadline - clock + 999) / 1000))
  if [ "$launch_left" -le 0 ]; then
    rc=124 timed_out=1
    return 1
  fi
  [ "$launch_left" -ge "$launch_limit" ] || launch_limit=$launch_left launch_cut=1
}

# The child says who it is before it begins: were it the run that did, it could die in between.
note_child() {
  read -r note_pid _ </proc/self/stat
  started_at "$note_pid"
  printf '%s\n' "$note_pid $start_time" >"$child_file"
}

watch_child() {
  sleep "$launch_limit" &
  sleeper=$!
  printf '%s\n' "$sleeper" >"$rt/sleeper"
  wait "$sleeper"
  true >"$rt/sleeper"
  # The run that set this watch may have been killed, and its child have ended, long ago.
  started_at "$child"
  [ "$start_time" = "$child_start" ] || return 0
  true >"$rt/late"
  end_tree "$child" "$child_start" 10
}

# TERM, then after $3 seconds KILL, to the session that process $1, started at $2, leads.
end_tree() {
  started_at "$1"
  [ -n "$2" ] && [ "$start_time" = "$2" ] || return 0
  kill -TERM "-$1" 2>/dev/null
  end_left=$(($3 * 5))
  while [ "$end_left" -gt 0 ]; do
    started_at "$1"
    [ "$start_time" = "$2" ] || return 0
    sleep 0.2 2>/dev/null || sleep 1
    end_left=$((end_left - 1))
  done
  kill -KILL "-$1" 2>/dev/null
  return 0
}

# Ends what a killed run left behind, whichever it was, before steps are judged again. TERM comes $1 s before KILL.
end_leftover() {
  [ -s "$child_file" ] || return 0
  read -r left_pid left_start <"$child_file"
  end_tree "$left_pid" "$left_start" "$1"
  true >"$child_file"
}

# For `trap ... TERM`: the run ends after its step, and the step ends now.
on_cancel() {
  cancelled=1
  [ -z "$child" ] || kill -TERM "-$child" 2>/dev/null
}

# Runs shell text $2 as user $1 (empty: root) for at most $3 seconds in folder $4.
shell_as() {
  launch "$3" shell_session "$1" "$2" "${4:-/}"
}

shell_session() {
  umask 022
  cd "$3" || exit 126
  unset LC_ALL QUOTING_STYLE
  LANG=C.UTF-8
  export LANG
  # Variables that the step declares; values are never arguments, which everybody on the machine can read.
  "${shell_env:-:}"
  if [ -z "$1" ] || [ "$1" = root ]; then
    HOME=/root USER=root LOGNAME=root
    export HOME USER LOGNAME
    in_session sh -c "$2"
  fi
  if command -v runuser >/dev/null; then
    in_session runuser -s /bin/sh -c "$2" "$1"
  fi
  in_session su -s /bin/sh -c "$2" "$1"
}
