# For types that edit a part of a text file: line, block, ini. They write by file_apply, so their steps set the variables
# of `file` too: file_path file_key file_validate file_follow, and text_create.
line_lean=1 block_lean=1 ini_lean=1

sweep_text() {
  while [ $# -gt 0 ]; do
    text_swept=
    if [ -f "$2" ] && [ -r "$2" ]; then
      text_swept=$(cat -- "$2" && echo x)
      text_swept=${text_swept%x}
    fi
    eval "f_text_$1=\$text_swept"
    shift 2
  done
}

# $text becomes what the file holds. False: the verdict is settled.
text_open() {
  eval "file_stat=\$f_stat_$file_key text=\$f_text_$file_key"
  if [ -e "$state/unproved/$file_key" ] || [ -e "$state/unproved/$file_key.absent" ]; then
    verdict=differs reason='a new version was put in place but never validated'
    return 1
  fi
  case $file_stat in
    a*)
      if [ "$file_follow" != 1 ]; then
        refuse MW-CHANGE-SYMLINK "$file_path is a symbolic link to ${file_stat##*-> }; only \`follow: true\` writes through it"
        return 1
      fi
      eval "file_stat=\$f_target_$file_key"
      ;;
  esac
  case $file_stat in
    8*) ;;
    '')
      if [ "$text_absent" = 1 ]; then
        verdict=ok reason='absent, as the file is'
        return 1
      fi
      [ "$text_create" = 1 ] && return
      refuse MW-CHANGE-EDIT "$file_path does not exist, and only \`create: true\` makes it"
      return 1
      ;;
    *)
      refuse MW-CHANGE-NOTFILE "$file_path is no regular file"
      return 1
      ;;
  esac
}

# $lines becomes the numbers of the lines of $text that regular expression $1 matches, $text_others those that are not $2.
# False: refused.
text_matches() {
  lines='' text_others=
  text_found=$(printf '%s' "$text" | LC_ALL=C grep -anE -e "$1")
  if [ $? -gt 1 ]; then
    refuse MW-CHANGE-EDIT "grep -E does not take the regular expression $1"
    return 1
  fi
  IFS=$nl
  for text_line in $text_found; do
    lines="$lines ${text_line%%:*}"
    [ "${text_line#*:}" = "$2" ] || text_others="$text_others ${text_line%%:*}"
  done
  IFS=" $tab$nl"
}

# $lines becomes the numbers of the lines that are exactly $1.
text_equals() {
  lines=$(printf '%s' "$text" | TEXT_LINE=$1 awk '($0 "") == (ENVIRON["TEXT_LINE"] "") { printf " %d", NR }')
}

# True if a line of the file is exactly $1.
text_has() {
  case $nl$text in
    *"$nl$1$nl"* | *"$nl$1") return 0 ;;
  esac
  return 1
}

# $text_at becomes the number of the line before which something new goes; `end` after the last. $1 before, $2 after
# (regular expressions, or empty), $3 start or end.
text_place() {
  text_at=end
  [ "$3" = end ] || text_at=1
  [ -n "$1$2" ] || return 0
  text_matches "$1$2" '' || { fail MW-CHANGE-EDIT "$reason" || return; }
  if [ -z "$lines" ]; then
    fail MW-CHANGE-EDIT "no line of $file_path matches $1$2, so there is no place for what is new" || return
  fi
  set -- "$1" $lines
  if [ -n "$1" ]; then
    text_at=$2
  else
    shift $(($# - 1))
    text_at=$(($1 + 1))
  fi
}

# Prints the file with lines $1 to $2 replaced by what $3 prints; where $2 is smaller than $1, nothing is replaced.
text_splice() {
  text_count=$(printf '%s' "$text" | grep -ac '')
  if [ "$1" = end ]; then
    set -- $((text_count + 1)) "$text_count" "$3"
  fi
  [ "$2" -ge "$1" ] || set -- "$1" $(($1 - 1)) "$3"
  [ "$1" -le 1 ] || printf '%s' "$text" | head -n $(($1 - 1))
  case $text in
    '' | *"$nl") ;;
    *) [ "$1" -le "$text_count" ] || printf '\n' ;;
  esac
  "$3" || return
  [ "$2" -ge "$text_count" ] || printf '%s' "$text" | tail -n +$(($2 + 1))
}

# Prints the file without the lines whose numbers are given.
text_without() {
  text_script=
  for text_line in "$@"; do
    text_script="$text_script${text_line}d;"
  done
  printf '%s' "$text" | sed -e "$text_script"
}

# Writes what function $1 prints, which it makes of $text.
text_write() {
  file_find
  # No shell holds NUL, and what was read without it would be written without it.
  if [ -s "$file_real" ] && [ "$(tr -cd '\000' <"$file_real" | wc -c)" -ne 0 ]; then
    fail MW-CHANGE-EDIT "$file_path holds NUL: it is no text file" || return
  fi
  file_new=$rt/text.$number
  code=
  if ! "$1" >"$file_new"; then
    rm -f "$file_new"
    fail "${code:-MW-CHANGE-FILE}" "${reason:-$file_path cannot be read}"
    return
  fi
  file_sha=edited
  file_apply
  text_rc=$?
  rm -f "$file_new"
  return "$text_rc"
}

# The difference, unless a secret is in what is new.
text_diff() {
  [ -z "$slots" ] || return 0
  file_new=$rt/text.$number
  "$1" >"$file_new" && file_sha=edited file_want=new file_sum=old && file_diff
  rm -f "$file_new"
}

# Puts back a version that was never validated, then judges anew by check $1: what was swept was not the real text.
text_refresh() {
  [ -e "$state/unproved/$file_key" ] || [ -e "$state/unproved/$file_key.absent" ] || return 0
  file_find
  file_temp=${file_real%/*}/.millwright.$number.tmp
  file_put_back && facts && sweep && "$1" || return
  [ "$verdict" != failed ] || fail "$code" "$reason"
}
