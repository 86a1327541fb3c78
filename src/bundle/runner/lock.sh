# The machine's lock: a file that names its holder by pid, start time and boot id, beside the run it works for. It lies
# in tmpfs, so no lock outlives a boot; a holder that died is replaced by exactly one of those who notice.

# $holder becomes the identity in lock file $1 and $holder_run its run; both empty if nobody holds it.
read_lock() {
  holder='' holder_run=
  { read -r lock_pid lock_start lock_boot holder_run <"$1"; } 2>/dev/null || return 0
  holder=$lock_pid.$lock_start
}

# True if the process that file $1 names lives.
lock_alive() {
  read_lock "$1"
  [ -n "$holder" ] && [ "$lock_boot" = "$boot_id" ] && started_at "$lock_pid" && [ "$start_time" = "$lock_start" ]
}

# Takes the lock for run $1 in the name of this process; $2 names a holder that hands it over. False: held by another.
take_lock() {
  # $$ is the parent in a subshell, but nobody calls this from one.
  started_at $$
  lock_mine=$volatile/lock.$$.$start_time
  printf '%s\n' "$$ $start_time $boot_id $1" >"$lock_mine" || return 1
  # Whoever hands it over holds it.
  while [ -n "$2" ] && [ -e "$lock" ] || ! ln "$lock_mine" "$lock" 2>/dev/null; do
    read_lock "$lock"
    [ -n "$holder" ] || continue
    if [ "$holder" != "$2" ] && lock_alive "$lock"; then
      rm -f "$lock_mine"
      return 1
    fi
    if succeed "$holder"; then
      lock_run=$1
      return
    fi
    rm -f "$lock_mine"
    return 1
  done
  rm -f "$lock_mine"
  lock_run=$1
}

# Replaces dead holder $1. Whoever links the claim on that very holder first may replace it, once per boot; a claimant
# that died before it did is replaced in the same way.
succeed() {
  claimed=$1
  while :; do
    if ln "$lock_mine" "$volatile/claim.$claimed" 2>/dev/null; then
      read_lock "$lock"
      # Somebody else has finished the succession meanwhile and is at work, or has released the lock.
      [ "$holder" = "$1" ] || return 1
      mv -f "$lock_mine" "$lock"
      return
    fi
    lock_alive "$volatile/claim.$claimed" && return 1
    [ -n "$holder" ] && [ "$holder" != "$claimed" ] || return 1
    claimed=$holder
  done
}

# Releases the lock, and removes what else is named before.
release_lock() {
  read_lock "$lock"
  started_at $$
  [ "$holder" != "$$.$start_time" ] || set -- "$@" "$lock"
  [ $# -eq 0 ] || rm -rf "$@"
  lock_run=
  wake
}
