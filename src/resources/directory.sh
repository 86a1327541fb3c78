# directory: directory_path directory_key directory_owner directory_mode directory_absent directory_purge
# directory_recursive, and directory_tree, which calls `$1 KEY SHA256 MODE PATH` for each file that must be in it.

directory_check() {
  eval "directory_stat=\$f_stat_$directory_key"
  case $directory_stat in
    a*)
      refuse MW-CHANGE-SYMLINK "$directory_path is a symbolic link"
      return
      ;;
    '' | 4*) ;;
    *)
      refuse MW-CHANGE-DIRECTORY "$directory_path is here and is no directory"
      return
      ;;
  esac
  if [ "$directory_absent" = 1 ]; then
    [ -z "$directory_stat" ] && verdict=ok reason=absent || verdict=differs reason='is here, must be absent'
    return
  fi
  if [ -z "$directory_stat" ]; then
    verdict=differs reason='is missing'
    return
  fi
  directory_compare "$directory_stat" "$directory_mode"
  reason=$directory_odd directory_bad='' directory_count=0
  directory_tree directory_look || return 0
  [ "$directory_count" = 0 ] || reason="$reason${reason:+, }$directory_count of its files differ: $directory_bad"
  directory_look_inside || return 0
  [ -z "$reason" ] && verdict=ok reason='as wanted' || verdict=differs
}

# $directory_odd becomes what of $1 (mode|permissions|user|uid|group|gid|...) isn't as wanted, with mode $2.
directory_compare() {
  directory_odd='' directory_want_mode=$2
  IFS='|'
  set -- $1
  IFS=" $tab$nl"
  if [ -n "$directory_want_mode" ] && [ "$2" != "$directory_want_mode" ]; then
    directory_odd="mode is $2, wanted $directory_want_mode"
  fi
  case ${directory_owner%%:*} in
    '' | "$3" | "$4") ;;
    *) directory_odd="$directory_odd${directory_odd:+, }owner is $3, wanted ${directory_owner%%:*}" ;;
  esac
  case $directory_owner in
    *:"$5" | *:"$6") ;;
    *:*) directory_odd="$directory_odd${directory_odd:+, }group is $5, wanted ${directory_owner#*:}" ;;
  esac
}

# For directory_tree: counts a file that differs.
directory_look() {
  directory_wrong "$@" || return 0
  directory_count=$((directory_count + 1))
  case $directory_count in
    1) directory_bad=$4 ;;
    [2-5]) directory_bad="$directory_bad, $4" ;;
    6) directory_bad="$directory_bad and more" ;;
  esac
}

# True if the file (arguments of directory_tree) is not as wanted. $directory_is becomes its stat.
directory_wrong() {
  eval "directory_is=\$f_stat_$1 directory_sum=\${f_sha256_$1%% *}"
  [ "${directory_sum#\\}" = "$2" ] || return 0
  case $directory_is in
    8*) ;;
    *) return 0 ;;
  esac
  directory_compare "$directory_is" "$3"
  [ -n "$directory_odd" ]
}

# What lies in it beside the files of the tree, and whose it is. Adds to $reason. False: refused.
directory_look_inside() {
  [ "$directory_purge$directory_recursive" != 00 ] || return 0
  if [ "$(readlink -f "$directory_path")" != "$directory_path" ]; then
    refuse MW-CHANGE-DIRECTORY "the way to $directory_path leads through a symbolic link: nothing is purged or chowned there"
    return 1
  fi
  if [ "$directory_purge" = 1 ]; then
    directory_find_rest || return
    [ -z "$directory_rest" ] || reason="$reason${reason:+, }holds what must not be there: ${directory_rest%%"$nl"*}"
  fi
  if [ "$directory_recursive" = 1 ] && [ -n "$(directory_find_foreign)" ]; then
    reason="$reason${reason:+, }holds what is not ${directory_owner}'s"
  fi
}

# $directory_rest becomes the paths, a line each, of what the tree does not have: a folder stands for all in it.
directory_find_rest() {
  directory_all=$(cd "$directory_path" && find . -mindepth 1 | LC_ALL=C sort)
  directory_ours=$nl
  directory_tree directory_note
  directory_rest='' directory_under=
  IFS=$nl
  for directory_one in $directory_all; do
    directory_one=${directory_one#./}
    case $directory_one in "${directory_under:-/}"/*) continue ;; esac
    case $directory_ours in *"$nl$directory_one$nl"*) continue ;; esac
    directory_under=$directory_one
    directory_rest=$directory_rest$directory_one$nl
    # A name with a newline would be taken for two.
    if [ ! -e "$directory_path/$directory_one" ] && [ ! -L "$directory_path/$directory_one" ]; then
      refuse MW-CHANGE-DIRECTORY "$directory_path holds a name with a newline, so it is not purged"
      IFS=" $tab$nl"
      return 1
    fi
  done
  IFS=" $tab$nl"
}

# For directory_tree: the file and the folders that it lies in are ours.
directory_note() {
  directory_ours=$directory_ours$4$nl
  directory_up=$4
  while :; do
    case $directory_up in */*) directory_up=${directory_up%/*} ;; *) break ;; esac
    case $directory_ours in *"$nl$directory_up$nl"*) break ;; esac
    directory_ours=$directory_ours$directory_up$nl
  done
}

# Prints the first path of what is owned by others.
directory_find_foreign() {
  case $directory_owner in
    *:*) find "$directory_path" \( ! -user "${directory_owner%%:*}" -o ! -group "${directory_owner#*:}" \) | head -n 1 ;;
    *) find "$directory_path" ! -user "$directory_owner" | head -n 1 ;;
  esac
}
