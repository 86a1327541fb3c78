# ini: ini_section (empty: above all sections) ini_key ini_value ini_separator text_absent, and the variables of text.sh.

# Prints three lines: `HITS|SECTION|LAST` (numbers of the lines that set the key; of the section's first line, 0 where there
# is none; of its last line that isn't blank), all of the last hit up to its value, and its value with a dot.
ini_program='
function trim(s) { sub(/^[ \t]+/, "", s); sub(/[ \t\r]+$/, "", s); return s }
BEGIN { want = ENVIRON["INI_SECTION"] ""; key = ENVIRON["INI_KEY"] ""; mark = ENVIRON["INI_MARK"]; now = ""; from = 0; last = 0 }
{
  bare = trim($0)
  first = substr(bare, 1, 1)
  if (first == "[" && index(bare, "]")) {
    now = substr(bare, 2, index(bare, "]") - 2)
    if ((now "") == (want "")) { from = NR; last = NR }
    next
  }
  if ((now "") != (want "") || bare == "") next
  last = NR
  if (first == "#" || first == ";") next
  at = index($0, mark)
  if (!at || (trim(substr($0, 1, at - 1)) "") != (key "")) next
  hits = hits " " NR
  while (substr($0, at + 1, 1) == " " || substr($0, at + 1, 1) == "\t") at++
  head = substr($0, 1, at)
  value = trim(substr($0, at + 1))
}
END { print hits "|" from "|" last; print head; print value "." }'

ini_look() {
  ini_mark=${ini_separator#"${ini_separator%%[!" $tab"]*}"}
  ini_mark=${ini_mark%"${ini_mark#?}"}
  ini_found=$(printf '%s' "$text" | INI_SECTION=$ini_section INI_KEY=$ini_key INI_MARK=$ini_mark awk "$ini_program")
  ini_now=${ini_found#*"$nl"}
  ini_found=${ini_found%%"$nl"*}
  ini_head=${ini_now%%"$nl"*}
  ini_now=${ini_now#*"$nl"}
  ini_now=${ini_now%.}
  ini_hits=${ini_found%%|*}
  ini_last=${ini_found##*|}
  ini_from=${ini_found#*|}
  ini_from=${ini_from%|*}
}

ini_check() {
  text_open || return 0
  case $ini_value in
    *"$nl"*)
      refuse MW-CHANGE-EDIT "the value of $ini_key has more than one line"
      return
      ;;
  esac
  ini_look
  if [ "$text_absent" = 1 ]; then
    [ -z "$ini_hits" ] && verdict=ok reason=absent || verdict=differs reason='is there, must be absent'
  elif [ -z "$ini_hits" ]; then
    verdict=differs reason="$ini_key is missing"
  elif [ "$ini_now" = "$ini_value" ]; then
    verdict=ok reason='is as wanted'
  else
    verdict=differs reason="$ini_key differs"
    [ -n "$slots" ] || reason="$ini_key is $ini_now, wanted $ini_value"
  fi
}

ini_new() {
  if [ "$text_absent" = 1 ]; then
    text_without $ini_hits
    return
  fi
  set -- $ini_hits
  if [ $# -gt 0 ]; then
    shift $(($# - 1))
    text_splice "$1" "$1" ini_replace
  elif [ -z "$ini_section" ] || [ "$ini_from" != 0 ]; then
    text_splice $((ini_last + 1)) 0 ini_add
  else
    text_splice end 0 ini_add_section
  fi
}

ini_replace() {
  printf '%s\n' "$ini_head$ini_value"
}

ini_add() {
  printf '%s\n' "$ini_key$ini_separator$ini_value"
}

ini_add_section() {
  [ -z "$text" ] || printf '\n'
  printf '%s\n' "[$ini_section]" && ini_add
}

ini_apply() {
  text_refresh ini_check || return
  text_write ini_new
}

ini_diff() {
  text_diff ini_new
}

ini_save() {
  file_save
}

ini_undo() {
  file_undo
}
