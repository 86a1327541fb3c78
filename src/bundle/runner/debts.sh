# Debts: `ACTION STEP` lines in $state/debts, written before a notifying step acts, cleared only by success.

load_debts() {
  debts=
  [ -s "$state/debts" ] || return 0
  while IFS= read -r debt; do
    debts=$debts${debts:+$nl}$debt
  done <"$state/debts"
}

# Set where `owe` is only to note debts in $saved_note.
owe_noted=

# Adds debt $1 (`reload service:nginx`); a restart absorbs the reload of the same service.
owe() {
  if [ -n "$owe_noted" ]; then
    saved_note=${saved_note}debt\ $1$nl
    return
  fi
  owe_step=${1#* }
  case $nl$debts$nl in
    *"$nl$1$nl"* | *"${nl}restart $owe_step$nl"*) return 0 ;;
  esac
  [ "${1%% *}" = reload ] || drop_debt "reload $owe_step"
  debts=$debts${debts:+$nl}$1
  durable "$state/debts" "$debts" || return 1
  json "$1"
  more=",\"debt\":$json"
  emit_step owed
}

# Takes $1 out of $debts.
drop_debt() {
  drop_text=$nl$debts$nl
  case $drop_text in *"$nl$1$nl"*) ;; *) return 1 ;; esac
  drop_text=${drop_text%%"$nl$1$nl"*}$nl${drop_text#*"$nl$1$nl"}
  drop_text=${drop_text#"$nl"}
  debts=${drop_text%"$nl"}
}

# A step that is known to have changed nothing owes nothing: what it had written down ahead is crossed out.
owe_as_before() {
  [ "$debts" != "$debts_before" ] || return 0
  durable "$state/debts" "$debts_before" || return 0
  debts=$debts_before
  owe_more=$more
  emit_step paid 'nothing was changed'
  more=$owe_more
}

# Clears every debt of the current step, which has just done as much as they ask for. $1 says how.
settle_debts() {
  for settle_action in reload restart; do
    drop_debt "$settle_action $id" || continue
    durable "$state/debts" "$debts"
    json "$settle_action $id"
    more=",\"debt\":$json$2"
    emit_step paid "$1"
  done
}

# Pays what the services of this bundle owe, in the order of the bundle. A debt to a step that isn't here stays.
pay_debts() {
  [ -z "$debts" ] || bundle_services pay_service
}

# Service step $2 is the bundle's $1th.
pay_service() {
  pay_action=
  case $nl$debts$nl in *"${nl}reload $2$nl"*) pay_action=reload ;; esac
  case $nl$debts$nl in *"${nl}restart $2$nl"*) pay_action=restart ;; esac
  [ -n "$pay_action" ] || return 0
  ! ending || return 0
  load_step "$1"
  pay_debt
}

pay_debt() {
  now
  began=$clock
  true >"$rt/out"
  reason='' code=
  facts
  sweep
  if excused; then
    settle_debts "nothing to $pay_action: $reason"
    return
  fi
  if service_pay "$pay_action" 2>>"$rt/out"; then
    now
    settle_debts "$reason" ",\"durationMs\":$((clock - began))"
    return 0
  fi
  json "$pay_action $id"
  more=",\"debt\":$json"
  step_failed
  return 1
}
