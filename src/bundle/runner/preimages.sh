# Pre-images: before step NNN of a run acts, $state/preimages/<run>/NNN holds what it takes to undo it. `step` has its
# id, hash and kind of undo (exact, best-effort, none), `debts` whom it notifies, the rest is its type's. `saved` is made
# when all that is on disk, `undone` when it was taken back. `generation` beside the steps says how old the run is.

# Saves what the current step is about to replace. False: it can't be, and the step must not act.
save_step() {
  saved=$state/preimages/$run_key/$number
  saved_now=
  # A step that is done again after a death must not save its own work as the old version.
  if [ -e "$saved/saved" ] && [ ! -e "$saved/undone" ]; then return 0; fi
  [ ! -e "$saved" ] || rm -rf "$saved" || return
  [ -s "${saved%/*}/generation" ] || save_run || return
  mkdir "$saved" && printf '%s\n' "$id" "$hash" "$undo" >"$saved/step" && save_debts && "${type}_save" || return
  saved_files=
  set +f
  for saved_file in "$saved"/*; do
    # What a link points to is none of our business.
    [ -L "$saved_file" ] || saved_files="$saved_files $saved_file"
  done
  set -f
  sync $saved_files "$saved" "${saved%/*}" && true >"$saved/saved" && sync "$saved" && saved_now=1
}

save_run() {
  mkdir -p "${saved%/*}" || return
  read_head
  printf '%s\n' "$head_generation" >"${saved%/*}/generation" && sync "${saved%/*}/generation" "$state/preimages"
}

save_debts() {
  owe_list=$saved/debts
  true >"$owe_list" && notify
  save_rc=$?
  owe_list=
  return "$save_rc"
}

# For a step that did not act after all: what was saved for it now would make it look as if it had.
unsave_step() {
  [ -z "$saved_now" ] || rm -rf "$saved"
}

# For types: saves what is at path $1, or that nothing is. $2 is where its old version lies if not there.
save_path() {
  case $1 in *"$nl"*) return 1 ;; esac
  printf '%s\n' "$1" >"$saved/path" || return
  if [ -e "${2:-$1}" ] || [ -L "${2:-$1}" ]; then
    cp -a -- "${2:-$1}" "$saved/old"
  else
    true >"$saved/absent"
  fi
}

# For types: makes the saved path be as it was, at once or not at all.
restore_path() {
  IFS= read -r restore_path <"$saved/path" || fail '' 'what was saved cannot be read' || return
  if [ -e "$saved/absent" ]; then
    if [ ! -e "$restore_path" ] && [ ! -L "$restore_path" ]; then
      reason="$restore_path is absent, as before"
      return
    fi
    reason="$restore_path removed, it was absent before"
    rm -f -- "$restore_path" && sync "${restore_path%/*}/" || fail '' "$restore_path cannot be removed"
    return
  fi
  [ -d "${restore_path%/*}/" ] || fail '' "the directory ${restore_path%/*} does not exist any more" || return
  restore_temp=${restore_path%/*}/.millwright.$number.tmp
  reason="the old $restore_path is back"
  rm -f -- "$restore_temp" && cp -a -- "$saved/old" "$restore_temp" &&
    { [ -L "$restore_temp" ] || sync "$restore_temp"; } && mv -fT -- "$restore_temp" "$restore_path" &&
    sync "${restore_path%/*}/" && return
  rm -f -- "$restore_temp"
  fail '' "the old $restore_path cannot be put back"
}

# For types that replace several things: saves what is at path $2 as part $1, a plain word.
save_part() {
  saved=$saved/$1
  mkdir "$saved" && save_path "$2" && save_part_synced
  save_rc=$?
  saved=${saved%/*}
  return "$save_rc"
}

save_part_synced() {
  if [ -e "$saved/absent" ]; then
    sync "$saved/path" "$saved/absent" "$saved"
  elif [ -L "$saved/old" ]; then
    sync "$saved/path" "$saved"
  else
    sync "$saved/path" "$saved/old" "$saved"
  fi
}

restore_part() {
  saved=$saved/$1
  restore_path
  restore_rc=$?
  saved=${saved%/*}
  return "$restore_rc"
}

# For types: file $1 becomes text $2 at once. It keeps its owner and mode; a new one has mode 644.
put_text() {
  [ ! -L "$1" ] || set -- "$(readlink -f "$1")" "$2"
  put_temp=${1%/*}/.millwright.$number.tmp
  rm -f -- "$put_temp"
  if [ -e "$1" ]; then cp -p -- "$1" "$put_temp"; else true >"$put_temp" && chmod 644 "$put_temp"; fi &&
    printf '%s' "$2" >"$put_temp" && sync "$put_temp" && mv -fT -- "$put_temp" "$1" && sync "${1%/*}/" && return
  rm -f -- "$put_temp"
  return 1
}
