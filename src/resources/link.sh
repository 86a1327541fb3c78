# link: link_path link_key link_to link_absent.
link_lean=1

link_check() {
  eval "link_stat=\$f_stat_$link_key"
  case $link_stat in
    a*) ;;
    '')
      [ "$link_absent" = 1 ] && verdict=ok reason=absent || verdict=differs reason='is missing'
      return
      ;;
    *)
      refuse MW-CHANGE-NOTLINK "$link_path is here and is no symbolic link"
      return
      ;;
  esac
  if [ "$link_absent" = 1 ]; then
    verdict=differs reason='is here, must be absent'
    return
  fi
  # GNU stat prints the names bare, busybox in quotes.
  link_now=${link_stat#*|*|*|*|*|*|}
  case $link_now in
    "'$link_path' -> '"*) link_now=${link_now#"'$link_path' -> '"} && link_now=${link_now%\'} ;;
    *) link_now=${link_now#"$link_path -> "} ;;
  esac
  verdict=ok reason="points to $link_to"
  [ "$link_now" = "$link_to" ] || verdict=differs reason="points to $link_now, wanted $link_to"
}

link_apply() {
  link_temp=${link_path%/*}/.millwright.$number.tmp
  if [ "$link_absent" = 1 ]; then
    settle && rm -f -- "$link_path" && sync "${link_path%/*}/" || fail MW-CHANGE-LINK "$link_path cannot be removed" || return
    reason="removed, pointed to ${link_now:-elsewhere}"
    return
  fi
  [ -d "${link_path%/*}/" ] || fail MW-CHANGE-NODIR "the directory ${link_path%/*} does not exist" || return
  if [ -e "$link_temp" ] || [ -L "$link_temp" ]; then rm -f -- "$link_temp"; fi
  ln -s -- "$link_to" "$link_temp" && settle && mv -fT -- "$link_temp" "$link_path" && sync "${link_path%/*}/" ||
    fail MW-CHANGE-LINK "$link_path cannot be made" || return
  reason="points to $link_to"
}

link_save() {
  save_path "$link_path"
}

link_undo() {
  if [ -e "$link_path" ] && [ ! -L "$link_path" ]; then
    fail '' "$link_path is no symbolic link any more"
    return
  fi
  restore_path
}
