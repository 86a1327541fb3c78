# authorizedKey: key_user key_blob (which line it is) key_line key_absent.

authorizedKey_check() {
  passwd_line "$key_user"
  if [ -z "$passwd_line" ]; then
    [ "$key_absent" = 1 ] && verdict=ok reason="absent: there is no user $key_user" || verdict=differs reason="there is no user $key_user"
    return
  fi
  home_of
  key_count=0 key_same=
  [ ! -f "$home/.ssh/authorized_keys" ] || [ ! -r "$home/.ssh/authorized_keys" ] || key_read <"$home/.ssh/authorized_keys"
  case $key_absent$key_count$key_same in
    00) verdict=differs reason='is missing' ;;
    01same) verdict=ok reason='as wanted' ;;
    01) verdict=differs reason='options or comment differ' ;;
    0*) verdict=differs reason="stands there $key_count times" ;;
    10) verdict=ok reason=absent ;;
    *) verdict=differs reason='is here, must be absent' ;;
  esac
}

key_read() {
  while IFS= read -r key_there || [ -n "$key_there" ]; do
    case $key_there in
      '#'*) continue ;;
    esac
    case " $key_there " in
      *" $key_blob "*) key_count=$((key_count + 1)) ;;
      *) continue ;;
    esac
    [ "$key_there" != "$key_line" ] || key_same=same
  done
}

key_env() {
  MW_FILE=$home/.ssh/authorized_keys MW_BLOB=$key_blob MW_LINE=$key_line
  [ "$key_absent" != 1 ] || MW_LINE=
  export MW_FILE MW_BLOB MW_LINE
}

# As the user: what lies in a home is the user's to redirect, so root must not follow it.
authorizedKey_apply() {
  [ -n "$passwd_line" ] || fail MW-CHANGE-OWNER "there is no user $key_user on this machine" || return
  key_did=$reason
  shell_env=key_env
  shell_as "$key_user" 'umask 077
    rewrite() {
      partial=
      while IFS= read -r line || { [ -n "$line" ] && partial=1; }; do
        case $line in
          "#"*) ;;
          *) case " $line " in *" $MW_BLOB "*) line=$MW_LINE MW_LINE= && [ -n "$line" ] || continue ;; esac ;;
        esac
        printf %s "$line"
        [ -n "$partial" ] || echo
      done
      [ -z "$MW_LINE" ] || printf "${partial:+\n}%s\n" "$MW_LINE"
    }
    new=${MW_FILE%/*}/.authorized_keys.millwright
    mkdir -p "${MW_FILE%/*}" && rm -f "$new" || exit
    old=/dev/null
    [ ! -e "$MW_FILE" ] || { old=$MW_FILE && cp -p "$old" "$new"; } || exit
    rewrite <"$old" >"$new" && mv -f "$new" "$MW_FILE"' 60
  [ "$rc" = 0 ] || fail MW-CHANGE-KEYS "$home/.ssh/authorized_keys cannot be written by $key_user" || return
  [ "$key_absent" = 1 ] && reason='taken out' || reason="written: $key_did"
}

authorizedKey_save() {
  if [ -z "$passwd_line" ]; then true >"$saved/nobody" && return; fi
  shell_env=key_env
  shell_as "$key_user" 'cat "$MW_FILE" 2>/dev/null' 60
  if [ "$rc" = 0 ]; then cat "$rt/out" >"$saved/keys" || return; fi
  true >"$rt/out"
}

authorizedKey_undo() {
  facts
  sweep
  passwd_line "$key_user"
  if [ -e "$saved/nobody" ] || [ -z "$passwd_line" ]; then
    reason="there is no user $key_user"
    return
  fi
  home_of
  shell_env=key_env
  if [ -e "$saved/keys" ]; then
    reason='old authorized_keys back'
    input=$saved/keys
    shell_as "$key_user" 'umask 077
      mkdir -p "${MW_FILE%/*}" && cat >"${MW_FILE%/*}/.authorized_keys.millwright" &&
      mv -f "${MW_FILE%/*}/.authorized_keys.millwright" "$MW_FILE"' 60
    input=
  else
    reason='authorized_keys removed, there was none'
    shell_as "$key_user" 'rm -f "$MW_FILE"' 60
  fi
  [ "$rc" = 0 ] || fail '' "$home/.ssh/authorized_keys cannot be put back by $key_user"
}
