# Pre-images: before step NNN of a run acts, $state/preimages/<run>/NNN.step says what it takes to undo it, a line each: its
# id, hash and kind of undo (exact, best-effort, none), `debt ...` for whom it notifies, `path P` or `absent P` of a lean type,
# whose old version is NNN.old. Folder NNN has what other types need. It ends with `whole LENGTH`: what a power cut left of
# it counts for nothing. `NNN.undone` is made when it was taken back. `generation` beside the steps says how old the run is.
#
# Lean is a type with <type>_lean=1: it replaces one path at most, and sees to `settle` or `sync_all` before it does.

# Saves what the current step is about to replace, on disk with the next sync_all. False: it can't be, and the step must
# not act.
save_step() {
  saved=$state/preimages/$run_key/$number
  saved_now=
  eval "lean=\${${type}_lean-}"
  # A step that is done again after a death must not save its own work as the old version.
  if is_saved; then
    unsynced="$unsynced $saved.step ${saved%/*}"
    return 0
  fi
  unsave_rest && { [ -s "${saved%/*}/generation" ] || save_run; } || return
  saved_note=$id$nl$hash$nl$undo$nl saved_old=
  save_debts && { [ -n "$lean" ] || mkdir "$saved"; } && "${type}_save" && save_first &&
    printf '%s\n' "${saved_note}whole ${#saved_note}" >"$saved.step" || return
  unsynced="$unsynced $saved.step ${saved%/*}"
  saved_now=1
}

save_run() {
  mkdir -p "${saved%/*}" || return
  read_head
  printf '%s\n' "$head_generation" >"${saved%/*}/generation" || return
  unsynced="$unsynced ${saved%/*}/generation $state/preimages"
}

save_debts() {
  owe_noted=1
  notify
  owe_noted=
}

# What NNN.step tells of is on disk before it.
save_first() {
  if [ -n "$lean" ]; then
    [ -n "$saved_old" ] || return 0
    # What a link points to is none of our business.
    [ -L "$saved.old" ] || set -- "$saved.old"
    sync_all "$@" "${saved%/*}"
    return
  fi
  set +f
  for saved_file in "$saved"/*; do
    [ -L "$saved_file" ] || [ ! -e "$saved_file" ] || set -- "$@" "$saved_file"
  done
  set -f
  sync_all "$@" "$saved" "${saved%/*}"
}

# True if what the step at $saved replaced is kept, and was not put back.
is_saved() {
  [ -e "$saved.step" ] && [ ! -e "$saved.undone" ] && read_saved "$saved"
}

# Reads $1.step. False: it isn't whole.
read_saved() {
  saved_debts='' saved_path='' saved_kind='' saved_length='' saved_at=
  {
    IFS= read -r saved_id && IFS= read -r saved_hash && IFS= read -r saved_undo || return
    saved_at=$((${#saved_id} + ${#saved_hash} + ${#saved_undo} + 3))
    while IFS= read -r saved_line; do
      case $saved_line in
        whole\ *) saved_length=${saved_line#* } && break ;;
        debt\ *) saved_debts=$saved_debts${saved_debts:+$nl}${saved_line#* } ;;
        *) saved_kind=${saved_line%% *} saved_path=${saved_line#* } ;;
      esac
      saved_at=$((saved_at + ${#saved_line} + 1))
    done
  } 2>/dev/null <"$1.step"
  [ -n "$saved_length" ] && [ "$saved_length" = "$saved_at" ]
}

# For a step that did not act after all: what was saved for it now would make it look as if it had.
unsave_step() {
  [ -n "$saved_now" ] || return 0
  unsave_rest
  case $unsynced in *" $saved.step "*) unsynced=${unsynced%%" $saved.step "*}\ ${unsynced#*" $saved.step "} ;; esac
}

unsave_rest() {
  for saved_file in "$saved" "$saved.step" "$saved.old" "$saved.undone"; do
    if [ -e "$saved_file" ] || [ -L "$saved_file" ]; then
      rm -rf "$saved.step" "$saved.old" "$saved" "$saved.undone"
      return
    fi
  done
}

# For types: saves what is at path $1, or that nothing is. $2 is where its old version lies if not there.
save_path() {
  case $1 in *"$nl"*) return 1 ;; esac
  if [ -d "$saved" ]; then
    save_inside "$@"
  elif [ -e "${2:-$1}" ] || [ -L "${2:-$1}" ]; then
    saved_old=1 saved_note=${saved_note}path\ $1$nl
    cp -a -- "${2:-$1}" "$saved.old"
  else
    saved_note=${saved_note}absent\ $1$nl
  fi
}

save_inside() {
  printf '%s\n' "$1" >"$saved/path" || return
  if [ -e "${2:-$1}" ] || [ -L "${2:-$1}" ]; then
    cp -a -- "${2:-$1}" "$saved/old"
  else
    true >"$saved/absent"
  fi
}

# $restore_path becomes the path that was saved, $restore_old its old version, empty if there was none.
restore_find() {
  if [ ! -d "$saved" ]; then
    read_saved "$saved" && [ -n "$saved_path" ] || return
    restore_path=$saved_path restore_old=$saved.old
    [ "$saved_kind" != absent ] || restore_old=
    return
  fi
  IFS= read -r restore_path <"$saved/path" || return
  restore_old=$saved/old
  [ ! -e "$saved/absent" ] || restore_old=
}

# For types: makes the saved path be as it was, at once or not at all.
restore_path() {
  restore_find || fail '' 'what was saved cannot be read' || return
  if [ -z "$restore_old" ]; then
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
  rm -f -- "$restore_temp" && cp -a -- "$restore_old" "$restore_temp" &&
    { [ -L "$restore_temp" ] || sync "$restore_temp"; } && mv -fT -- "$restore_temp" "$restore_path" &&
    sync "${restore_path%/*}/" && return
  rm -f -- "$restore_temp"
  fail '' "the old $restore_path cannot be put back"
}

# For types that replace several things: saves what is at path $2 as part $1, a plain word.
save_part() {
  saved=$saved/$1
  mkdir "$saved" && save_inside "$2" && save_part_files
  save_rc=$?
  saved=${saved%/*}
  return "$save_rc"
}

save_part_files() {
  for saved_file in path absent old; do
    [ ! -e "$saved/$saved_file" ] || [ -L "$saved/$saved_file" ] || unsynced="$unsynced $saved/$saved_file"
  done
  unsynced="$unsynced $saved"
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
  if [ -e "$put_temp" ] || [ -L "$put_temp" ]; then rm -f -- "$put_temp"; fi
  if [ -e "$1" ]; then cp -p -- "$1" "$put_temp"; else true >"$put_temp" && chmod 644 "$put_temp"; fi &&
    printf '%s' "$2" >"$put_temp" && sync_all "$put_temp" && mv -fT -- "$put_temp" "$1" && sync "${1%/*}/" && return
  rm -f -- "$put_temp"
  return 1
}
