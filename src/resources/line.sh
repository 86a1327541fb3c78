# line: line_text (empty: whatever line_match matches, which must be absent) line_match line_before line_after line_insert
# text_absent, and the variables of text.sh.

line_check() {
  text_open || return 0
  line_others=
  if [ -n "$line_match" ]; then
    text_matches "$line_match" "$line_text" || return 0
    line_others=$text_others
  fi
  set -- $line_others
  if [ "$text_absent" = 1 ]; then
    line_check_absent "$@"
  elif text_has "$line_text"; then
    [ $# -eq 0 ] && verdict=ok reason='is there' || line_ambiguous "$@"
  else
    case $# in
      0) verdict=differs reason='the line is missing' ;;
      1) verdict=differs reason="line $1 differs" ;;
      *) line_ambiguous "$@" ;;
    esac
  fi
}

line_check_absent() {
  if [ $# -eq 0 ] && { [ -z "$line_text" ] || ! text_has "$line_text"; }; then
    verdict=ok reason=absent
  else
    verdict=differs reason='is there, must be absent'
  fi
}

line_ambiguous() {
  refuse MW-CHANGE-EDIT "$line_match also matches other lines of $file_path ($*): which of them is meant is not clear"
}

line_new() {
  if [ "$text_absent" = 1 ]; then
    line_numbers=$line_others
    if [ -n "$line_text" ]; then
      text_equals "$line_text"
      line_numbers="$line_numbers$lines"
    fi
    text_without $line_numbers
    return
  fi
  set -- $line_others
  if [ $# -eq 1 ]; then
    text_splice "$1" "$1" line_print
    return
  fi
  text_place "$line_before" "$line_after" "$line_insert" && text_splice "$text_at" 0 line_print
}

line_print() {
  printf '%s\n' "$line_text"
}

line_apply() {
  text_refresh line_check || return
  text_write line_new
}

line_diff() {
  text_diff line_new
}

line_save() {
  file_save
}

line_undo() {
  file_undo
}
