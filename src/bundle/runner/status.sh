# What can be said of a machine, and of whoever has it.

# True if run in $rt and $keep came to a final end.
has_ended() {
  ended=
  { read -r ended <"$rt/ended" || read -r ended <"$keep/ended"; } 2>/dev/null
  [ -n "$ended" ] && [ "$ended" != needs-secrets ]
}

# True if a risky step is at work or waits; $dead_* are what is known of it, $dead_due (ms since boot) when time is up.
read_deadman() {
  {
    {
      read -r dead_phase dead_token dead_run dead_number dead_bytes dead_bundle dead_instance dead_purpose dead_due dead_boot &&
        IFS= read -r dead_id
    } <"$state/deadman"
  } 2>/dev/null
}

# Starts a watcher, in the place of an old one if $1 is restart. Several do no harm.
deadman_watch() {
  if [ -d /run/systemd/system ]; then
    # Else it would die with the session, or the sshd, that the run came from.
    systemctl daemon-reload && systemctl "$1" millwright-deadman.service && return
  fi 2>/dev/null
  setsid sh "$self" deadman </dev/null >/dev/null 2>&1 &
}

status() {
  read_head
  status_active=null
  if lock_alive "$lock"; then
    status_active="\"$holder_run\""
  elif read_deadman; then
    status_active="\"$dead_run\""
  fi
  load_debts
  status_debts=
  IFS=$nl
  for debt in $debts; do
    json "$debt"
    status_debts=$status_debts,$json
  done
  IFS=" $tab$nl"
  hold_status
  verified_status
  read -r uptime _ </proc/uptime
  printf '{"v":1,"head":%s,"active":%s,"debts":[%s],"hold":%s,"verified":%s,"bootId":"%s","uptime":%s}\n' \
    "$head_json" "$status_active" "${status_debts#,}" "$hold_json" "$verified_json" "$boot_id" "$uptime"
}

cancel_answer() {
  printf '{"v":1,%s}\n' "$1"
  exit "$2"
}
