# What a directory step does, and what it takes back. $saved/list has a line `NUMBER PATH` per path that the step
# replaces or removes; NUMBER is its old version beside it, where it had one. `NUMBER` 0 is a directory that was made.

directory_save() {
  printf '%s\n' "$directory_path" >"$saved/path" && true >"$saved/list" || return
  if [ -z "$directory_stat" ]; then
    true >"$saved/absent"
    return
  fi
  printf '%s\n' "$directory_stat" >"$saved/stat"
  if [ "$directory_absent" = 1 ]; then
    cp -a -- "$directory_path" "$saved/old"
    return
  fi
  [ "$directory_recursive" = 0 ] || directory_save_owners || return
  directory_number=0 directory_failed=
  directory_tree directory_keep
  [ "$directory_purge" = 0 ] || directory_keep_rest
  [ -z "$directory_failed" ]
}

directory_save_owners() {
  find "$directory_path" -exec stat -c '%u:%g %n' -- {} + >"$saved/owners"
}

# For directory_tree: saves what is where the file is to be.
directory_keep() {
  directory_wrong "$@" || return 0
  directory_keep_path "$4"
}

directory_keep_path() {
  directory_number=$((directory_number + 1))
  printf '%s\n' "$directory_number $1" >>"$saved/list" || directory_failed=1
  [ -e "$directory_path/$1" ] || [ -L "$directory_path/$1" ] || return 0
  cp -a -- "$directory_path/$1" "$saved/$directory_number" || directory_failed=1
}

directory_keep_rest() {
  directory_find_rest || directory_failed=1
  IFS=$nl
  for directory_one in $directory_rest; do
    IFS=" $tab$nl"
    directory_keep_path "$directory_one"
  done
  IFS=" $tab$nl"
}

directory_apply() {
  directory_before=$reason
  if [ "$directory_absent" = 1 ]; then
    directory_remove
    return
  fi
  if [ -n "$directory_owner" ]; then
    true >"$rt/owner"
    chown -- "$directory_owner" "$rt/owner" || { rm -f "$rt/owner" && fail MW-CHANGE-OWNER "no such owner on this machine: $directory_owner"; } || return
    rm -f "$rt/owner"
  fi
  directory_make "$directory_path" "$directory_mode" || return
  directory_failed=
  directory_tree directory_put || return
  if [ "$directory_purge" = 1 ]; then
    directory_find_rest || { fail "$code" "$reason" || return; }
    IFS=$nl
    for directory_one in $directory_rest; do
      rm -rf -- "$directory_path/$directory_one" || directory_failed=$directory_one
    done
    IFS=" $tab$nl"
    [ -z "$directory_failed" ] || fail MW-CHANGE-DIRECTORY "$directory_path/$directory_failed cannot be removed" || return
  fi
  if [ "$directory_recursive" = 1 ]; then
    chown -hR -- "$directory_owner" "$directory_path" ||
      fail MW-CHANGE-DIRECTORY "not all in $directory_path can be given to $directory_owner" || return
  fi
  sync "$directory_path"
  case $directory_before in 'is missing') reason=created ;; *) reason="mended: $directory_before" ;; esac
}

directory_remove() {
  if [ "$directory_purge" = 1 ]; then
    if [ "$(readlink -f "$directory_path")" != "$directory_path" ]; then
      fail MW-CHANGE-DIRECTORY "the way to $directory_path leads through a symbolic link: nothing is removed there"
      return
    fi
    rm -rf -- "$directory_path" || fail MW-CHANGE-DIRECTORY "$directory_path cannot be removed" || return
  else
    rmdir -- "$directory_path" ||
      fail MW-CHANGE-DIRECTORY "$directory_path cannot be removed: it is not empty, and only \`purge: true\` removes what is in it" || return
  fi
  reason=removed
}

# Makes directory $1 of mode $2 unless it is there, and gives it to the owner.
directory_make() {
  if [ ! -d "$1" ]; then
    [ -d "${1%/*}/" ] || fail MW-CHANGE-NODIR "the directory ${1%/*} does not exist" || return
    mkdir -- "$1" && chmod -- "${2:-755}" "$1" || fail MW-CHANGE-DIRECTORY "$1 cannot be made" || return
  fi
  [ -z "$directory_owner" ] || chown -h -- "$directory_owner" "$1" || fail MW-CHANGE-DIRECTORY "$1 cannot be given to $directory_owner" || return
  [ -z "$2" ] || chmod -- "$2" "$1" || fail MW-CHANGE-DIRECTORY "the mode of $1 cannot be set"
}

# For directory_tree: writes the file beside its place and renames it.
directory_put() {
  directory_wrong "$@" || return 0
  directory_into=$directory_path
  directory_left=$4
  while :; do
    case $directory_left in */*) ;; *) break ;; esac
    directory_into=$directory_into/${directory_left%%/*}
    directory_left=${directory_left#*/}
    if [ -L "$directory_into" ]; then
      fail MW-CHANGE-SYMLINK "$directory_into is a symbolic link" || return
    fi
    [ -d "$directory_into" ] || directory_make_inside || return
  done
  directory_temp=$directory_into/.millwright.$number.tmp
  rm -f -- "$directory_temp"
  if [ -d "$directory_path/$4" ] && [ ! -L "$directory_path/$4" ]; then
    fail MW-CHANGE-DIRECTORY "$directory_path/$4 is a directory, where the tree has a file" || return
  fi
  cat "$bundle_dir/files/$2" >"$directory_temp" &&
    { [ -z "$directory_owner" ] || chown -- "$directory_owner" "$directory_temp"; } &&
    chmod -- "$3" "$directory_temp" && sync "$directory_temp" && mv -fT -- "$directory_temp" "$directory_path/$4" && return
  rm -f -- "$directory_temp"
  fail MW-CHANGE-FILE "$directory_path/$4 cannot be written"
}

directory_make_inside() {
  [ ! -e "$saved/list" ] || printf '%s\n' "0 ${directory_into#"$directory_path"/}" >>"$saved/list"
  directory_make "$directory_into" 755
}

directory_undo() {
  IFS= read -r directory_path <"$saved/path" || fail '' 'what was saved cannot be read' || return
  if [ -e "$saved/absent" ]; then
    directory_undo_new
    return
  fi
  if [ -e "$saved/old" ]; then
    if [ -d "$directory_path" ]; then
      cp -a -- "$saved/old/." "$directory_path/"
    else
      cp -a -- "$saved/old" "$directory_path"
    fi || fail '' "$directory_path cannot be put back" || return
    reason="the old $directory_path is back"
    return
  fi
  directory_failed=
  while IFS= read -r directory_line; do
    directory_undo_one "${directory_line%% *}" "${directory_line#* }"
  done <"$saved/list"
  # Folders that were made are empty by now, the deepest first.
  sort -r "$saved/list" | while IFS= read -r directory_line; do
    case $directory_line in '0 '*) rmdir -- "$directory_path/${directory_line#* }" 2>/dev/null ;; esac
  done
  if [ -e "$saved/owners" ]; then
    while IFS= read -r directory_line; do
      directory_one=${directory_line#* }
      [ ! -e "$directory_one" ] && [ ! -L "$directory_one" ] || chown -h -- "${directory_line%% *}" "$directory_one" || directory_failed=$directory_one
    done <"$saved/owners"
  fi
  IFS='|' read -r _ directory_mode _ directory_owner _ directory_group _ <"$saved/stat"
  chown -- "$directory_owner:$directory_group" "$directory_path" && chmod -- "$directory_mode" "$directory_path" || directory_failed=$directory_path
  [ -z "$directory_failed" ] || fail '' "the old $directory_failed cannot be put back" || return
  reason="$directory_path is as it was"
}

# $1 is the number of the old version, $2 the path.
directory_undo_one() {
  [ "$1" != 0 ] || return 0
  if [ ! -d "$directory_path/$2" ] || [ -L "$directory_path/$2" ]; then
    rm -f -- "$directory_path/$2" || directory_failed=$2
  fi
  [ -e "$saved/$1" ] || [ -L "$saved/$1" ] || return 0
  [ -d "$directory_path/$2" ] || cp -a -- "$saved/$1" "$directory_path/$2" || directory_failed=$2
}

# What the step made goes; what somebody put into it since stays, and is named.
directory_undo_new() {
  if [ ! -e "$directory_path" ]; then
    reason="$directory_path is absent, as before"
    return
  fi
  directory_tree directory_unput
  directory_all=$(cd "$directory_path" && find . -depth -type d ! -name . -exec rmdir {} \; 2>/dev/null)
  rmdir -- "$directory_path" || fail '' "$directory_path was absent before, but something is in it that this change did not put there" || return
  reason="$directory_path removed, it was absent before"
}

directory_unput() {
  rm -f -- "$directory_path/$4"
}
