# block: block_begin block_end, the lines around it; block_content, whole lines; block_before block_after block_insert
# text_absent, and the variables of text.sh.

block_check() {
  text_open || return 0
  block_lines=
  # A slot at its end may bring its own newline.
  case $block_content in '' | *"$nl") ;; *) block_content=$block_content$nl ;; esac
  if ! text_has "$block_begin"; then
    if text_has "$block_end"; then
      refuse MW-CHANGE-EDIT "$file_path has the block's last line \`$block_end\` but not its first, \`$block_begin\`"
    elif [ "$text_absent" = 1 ]; then
      verdict=ok reason=absent
    else
      verdict=differs reason='the block is missing'
    fi
    return
  fi
  block_want=$nl$block_begin$nl$block_content$block_end
  block_one=$nl$text
  # A text that ends with the block need not end its last line.
  case $block_one$nl in
    *"$block_want$nl"*) [ "$text_absent" = 1 ] || verdict=ok reason='the block is as wanted' ;;
  esac
  [ "$verdict" != ok ] || return 0
  text_equals "$block_begin"
  set -- $lines
  block_from=$1
  text_equals "$block_end"
  set -- $# $lines
  if [ $# -ne 2 ] || [ "$1" -ne 1 ] || [ "$2" -lt "$block_from" ]; then
    refuse MW-CHANGE-EDIT "$file_path must have \`$block_begin\` and, below it, \`$block_end\`, each once"
    return
  fi
  block_lines="$block_from $2"
  [ "$text_absent" = 1 ] && reason='is there, must be absent' || reason='the block differs'
  verdict=differs
}

block_new() {
  if [ -n "$block_lines" ]; then
    [ "$text_absent" = 1 ] && text_splice $block_lines : || text_splice $block_lines block_print
    return
  fi
  text_place "$block_before" "$block_after" "$block_insert" && text_splice "$text_at" 0 block_print
}

block_print() {
  printf '%s\n' "$block_begin$nl$block_content$block_end"
}

block_apply() {
  text_refresh block_check || return
  text_write block_new
}

block_diff() {
  text_diff block_new
}

block_save() {
  file_save
}

block_undo() {
  file_undo
}
