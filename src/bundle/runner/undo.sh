# Undo: a rollback takes back what the runs of change $undo_change did to this machine, newest run first, steps in
# reverse, with the `<type>_undo` of the bundle that they applied ($undo_bytes). Then the verified bundle is applied.

# $undo_left becomes where the steps that are to be taken back were saved, in that order.
undo_find() {
  undo_left=
  undo_machine=${run#*/}
  undo_prefix=$undo_change+${undo_machine%%/*}+apply+
  list "$state/preimages" "$undo_prefix"
  for undo_key in $(newest_first "$undo_prefix" $listed); do
    undo_steps=
    list "$state/preimages/$undo_prefix$undo_key" ''
    for undo_number in $listed; do
      case $undo_number in *.step) undo_steps="$undo_steps ${undo_number%.step}" ;; esac
    done
    for undo_number in $(newest_first '' $undo_steps); do
      saved=$state/preimages/$undo_prefix$undo_key/$undo_number
      ! is_saved || undo_left="$undo_left $saved"
    done
  done
}

# Prints the numbers that follow $1 in the other arguments, the largest first.
newest_first() {
  newest_prefix=$1
  shift
  for newest in "$@"; do
    newest=${newest#"$newest_prefix"}
    case $newest in '' | *[!0-9]*) ;; *) printf '%s\n' "$newest" ;; esac
  done | sort -rn
}

# Before head moves: answers `failed` where something can't be taken back. Then nothing is.
undo_admit() {
  undo_find
  undo_none=
  for undo_at in $undo_left; do
    read_saved "$undo_at"
    [ "$saved_undo" != none ] || undo_none="$undo_none${undo_none:+, }$saved_id"
  done
  [ -z "$undo_none" ] || undo_refuse MW-ROLLBACK-NOUNDO "cannot be undone: $undo_none; nothing was taken back"
  list "$state/runs" "$undo_prefix"
  for undo_key in $listed; do
    [ ! -d "$state/preimages/$undo_key" ] && grep -q '"state":"changed"' "$state/runs/$undo_key/journal" 2>/dev/null || continue
    undo_refuse MW-ROLLBACK-UNDO "what run $undo_key replaced is not kept any more; nothing was taken back"
  done
  [ -z "$undo_left" ] || unpack "$undo_bytes" undo
}

undo_refuse() {
  json "$2"
  answer "\"start\":\"failed\",\"code\":\"$1\",\"reason\":$json" 15
}

perform_rollback() {
  undo_runs && perform_apply && forgive_debts
}

undo_runs() {
  undo_find
  [ -n "$undo_left" ] || return 0
  bundle_dir=$volatile/bundles/$undo_bytes
  load_bundle
  for undo_at in $undo_left; do
    ! ending || break
    undo_step "$undo_at" || return
  done
  bundle_dir=$volatile/bundles/$bytes
  load_bundle
}

# Takes back the step that was saved at $1. False: it failed and the run ends.
undo_step() {
  saved=$1
  now
  began=$clock
  true >"$rt/out"
  rc='' code='' reason='' more='' fingerprints=
  if ! undo_load; then
    code=MW-ROLLBACK-UNDO reason="the bundle $undo_bytes is not the one whose step it was"
    step_failed
    return 1
  fi
  emit_step started 'is taken back'
  if take_back 2>>"$rt/out"; then
    step_ended undone
  elif [ -n "$cancelled" ]; then
    reason='cancelled while it was taken back' more=',"code":"MW-RUN-CANCELLED"'
    step_ended interrupted
    return 1
  elif [ "$undo" = best-effort ]; then
    tail_output "$rt/out"
    mask "not undone: $reason"
    reason=$masked more=${output:+",\"output\":\"$output\""}
    step_ended undone
  else
    code=${code:-MW-ROLLBACK-UNDO}
    step_failed
    return 1
  fi
}

# Loads the step that was saved at $saved from the bundle that is loaded.
undo_load() {
  read_saved "$saved" || return
  id=$saved_id hash=$saved_hash
  undo_hash=$hash
  [ -e "$bundle_dir/steps/${saved##*/}.sh" ] || return
  load_step "${saved##*/}"
  [ "$hash" = "$undo_hash" ]
}

# What the loaded step notifies is owed again, then what was saved at $saved comes back. Harmless when done again, or when
# the step never acted. False: $reason says what could not be done.
take_back() {
  read_saved "$saved" || fail MW-MACHINE-STATE 'what was saved cannot be read' || return
  IFS=$nl
  for undo_debt in $saved_debts; do
    IFS=" $tab$nl"
    owe "$undo_debt" || fail MW-MACHINE-STATE "that $undo_debt is owed cannot be written to $state, so it was not undone" || return
  done
  IFS=" $tab$nl"
  "${type}_undo" || return
  # What a step did before it was cancelled isn't the whole of it.
  [ -z "$cancelled" ] || return
  true >"$saved.undone" && sync "${saved%/*}" || fail MW-MACHINE-STATE "that it was undone cannot be written to $state"
}

# Debts to services that the verified bundle doesn't know: whoever was to hear of the change need not hear of its end.
forgive_debts() {
  [ -n "$debts" ] && ! ending || return 0
  forgive_not=$nl
  bundle_services forgive_none
  IFS=$nl
  for debt in $debts; do
    IFS=" $tab$nl"
    id=${debt#* }
    case $forgive_not in *"$nl$id$nl"*) continue ;; esac
    drop_debt "$debt"
    durable "$state/debts" "$debts"
    json "$debt"
    more=",\"debt\":$json"
    emit_step paid "forgiven: what is verified has no $id"
  done
  IFS=" $tab$nl"
}

forgive_none() {
  forgive_not=$forgive_not$2$nl
}
