# hosts: hosts_block, the lines of the one managed block in /etc/hosts. hosts_text is the file (facts).

hosts_lean=1
hosts_begin='# millwright: begin, changes here are reverted'
hosts_end='# millwright: end'

hosts_check() {
  hosts_want=$hosts_begin$nl$hosts_block$hosts_end$nl
  case $nl$hosts_text in
    *"$nl$hosts_want"*) verdict=ok reason='the block is as wanted' ;;
    *"$nl$hosts_begin$nl"*) verdict=differs reason='the block differs' ;;
    *) verdict=differs reason='the block is missing' ;;
  esac
}

# /etc/hosts itself may be a link.
hosts_find() {
  hosts_real=/etc/hosts
  [ ! -L /etc/hosts ] || hosts_real=$(readlink -f /etc/hosts)
}

hosts_save() {
  hosts_find
  save_path "$hosts_real"
}

hosts_undo() {
  restore_path
}

hosts_apply() {
  hosts_find
  hosts_head=$hosts_text hosts_tail=
  case $nl$hosts_text in
    *"$nl$hosts_begin$nl"*"$nl$hosts_end$nl"*)
      hosts_head=$nl$hosts_text
      hosts_head=${hosts_head%%"$nl$hosts_begin$nl"*}$nl
      hosts_head=${hosts_head#"$nl"}
      hosts_tail=${hosts_text#*"$hosts_begin$nl"}
      hosts_tail=${hosts_tail#*"$hosts_end$nl"}
      ;;
    *"$nl$hosts_begin$nl"*)
      fail MW-CHANGE-HOSTS "/etc/hosts has the block's first line but not its last, \`$hosts_end\`"
      return
      ;;
  esac
  case $hosts_head in '' | *"$nl") ;; *) hosts_head=$hosts_head$nl ;; esac
  hosts_temp=${hosts_real%/*}/.millwright.$number.tmp
  if [ -e "$hosts_temp" ] || [ -L "$hosts_temp" ]; then rm -f "$hosts_temp"; fi
  {
    if [ -e "$hosts_real" ]; then
      cp -a "$hosts_real" "$hosts_temp"
    else
      true >"$hosts_temp" && chmod 644 "$hosts_temp"
    fi
  } && printf '%s' "$hosts_head$hosts_want$hosts_tail" >"$hosts_temp" && sync_all "$hosts_temp" &&
    mv -f "$hosts_temp" "$hosts_real" && sync "${hosts_real%/*}/" || fail MW-CHANGE-HOSTS '/etc/hosts cannot be written' || return
  reason='block written'
}
