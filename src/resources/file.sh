# file: file_path file_key file_sha (empty: content isn't managed) file_parts file_owner file_mode file_validate
# file_follow file_absent. file_parts is 1 where slots are in the content: `content` then prints all of it.
file_lean=1

file_check() {
  eval "file_stat=\$f_stat_$file_key file_sum=\${f_sha256_$file_key%% *}"
  # sha256sum marks names with a backslash or newline so.
  file_sum=${file_sum#\\}
  if [ -e "$state/unproved/$file_key" ] || [ -e "$state/unproved/$file_key.absent" ]; then
    verdict=differs reason='a new version was put in place but never validated'
    return
  fi
  case $file_stat in
    a*)
      if [ "$file_absent" = 1 ]; then
        verdict=differs reason='is here, must be absent'
        return
      fi
      if [ "$file_follow" != 1 ]; then
        refuse MW-CHANGE-SYMLINK "$file_path is a symbolic link to ${file_stat##*-> }; only \`follow: true\` writes through it"
        return
      fi
      eval "file_stat=\$f_target_$file_key"
      ;;
  esac
  case $file_absent$file_stat in
    1) verdict=ok reason=absent ;;
    1[48]*) file_check_absent ;;
    0) verdict=differs reason='is missing' && file_fill ;;
    08*) file_fill && file_compare ;;
    *) refuse MW-CHANGE-NOTFILE "$file_path is no regular file" ;;
  esac
}

file_check_absent() {
  case $file_stat in
    4*) refuse MW-CHANGE-NOTFILE "$file_path is a directory, which \`absent\` does not remove" ;;
    *) verdict=differs reason='is here, must be absent' ;;
  esac
}

# $file_new becomes the path of the wanted content and $file_want its digest.
file_fill() {
  file_new=$bundle_dir/files/$file_sha file_want=$file_sha
  [ -n "$file_parts" ] || return 0
  file_new=$rt/slots/:content.$number
  content >"$file_new"
  file_want=$(sha256sum "$file_new")
  file_want=${file_want%% *}
}

# $file_stat is mode|permissions|user|uid|group|gid|... $file_owner_is and $file_mode_is become 1 where they are as wanted.
file_compare() {
  verdict=ok reason='' file_owner_is=1 file_mode_is=1
  IFS='|'
  set -- $file_stat
  IFS=" $tab$nl"
  [ -z "$file_sha$file_parts" ] || [ "$file_want" = "$file_sum" ] || reason='content differs'
  if [ -n "$file_mode" ] && [ "$2" != "$file_mode" ]; then
    file_mode_is='' reason="$reason${reason:+, }mode is $2, wanted $file_mode"
  fi
  case ${file_owner%%:*} in
    '' | "$3" | "$4") ;;
    *) file_owner_is='' reason="$reason${reason:+, }owner is $3, wanted ${file_owner%%:*}" ;;
  esac
  case $file_owner in
    *:"$5" | *:"$6") ;;
    *:*) file_owner_is='' reason="$reason${reason:+, }group is $5, wanted ${file_owner#*:}" ;;
  esac
  [ -z "$reason" ] && reason='as wanted' || verdict=differs
}

file_diff() {
  [ -n "$file_sha$file_parts" ] && [ "$file_want" != "$file_sum" ] || return 0
  case $file_stat in 8*) unified "$file_path" "$file_path" "$file_new" ;; *) unified "$file_path" /dev/null "$file_new" ;; esac
}

file_find() {
  file_real=$file_path
  [ "$file_follow" != 1 ] || [ ! -e "$file_path" ] || file_real=$(readlink -f "$file_path")
}

# The old version of a file whose new one was never proved lies elsewhere.
file_save() {
  file_find
  if [ -e "$state/unproved/$file_key.absent" ]; then
    save_path "$file_real" "$state/unproved/nothing"
  elif [ -e "$state/unproved/$file_key" ]; then
    save_path "$file_real" "$state/unproved/$file_key"
  else
    save_path "$file_real"
  fi
}

file_undo() {
  restore_path && rm -f "$state/unproved/$file_key" "$state/unproved/$file_key.absent"
}

file_apply() {
  file_find
  file_dir=${file_real%/*}
  file_temp=$file_dir/.millwright.$number.tmp
  file_put_back || return
  if [ "$file_absent" = 1 ]; then
    settle && rm -f -- "$file_real" && sync "$file_dir/" || fail MW-CHANGE-FILE "$file_real cannot be removed" || return
    reason=removed
    return
  fi
  [ -d "$file_dir/" ] || fail MW-CHANGE-NODIR "the directory $file_dir does not exist" || return
  if file_write; then return; fi
  rm -f -- "$file_temp"
  [ -n "$code" ] || file_known_owner || return
  fail "${code:-MW-CHANGE-FILE}" "${file_error:-$file_real cannot be written}"
}

# Asked only after something failed, as it costs two programs.
file_known_owner() {
  [ -n "$file_owner" ] || return 0
  true >"$rt/owner"
  chown -- "$file_owner" "$rt/owner" && rm -f "$rt/owner" && return
  rm -f "$rt/owner"
  fail MW-CHANGE-OWNER "no such owner on this machine: $file_owner"
}

# The new file grows beside the old one with the old one's owner, mode, ACL and label, then takes its place at once.
file_write() {
  file_error='' code=
  if [ -e "$file_temp" ] || [ -L "$file_temp" ]; then rm -f -- "$file_temp" || return; fi
  if [ -z "$file_sha$file_parts" ] || [ -e "$file_real" ] || ! command -v install >/dev/null; then
    file_grow || return
  else
    file_install || return
  fi
  # A changed owner cleared setuid, and so does writing.
  case $file_mode in ????) chmod -- "$file_mode" "$file_temp" || return ;; esac
  case $file_validate in
    *'{new}'*) file_validate_new || return ;;
  esac
  sync_all "$file_temp" || return
  case $file_validate in
    '' | *'{new}'*) mv -f -- "$file_temp" "$file_real" || return ;;
    *) file_swap || return ;;
  esac
  sync "$file_dir/"
  case $reason in
    'is missing') reason=created ;;
    *) reason="written: $reason" ;;
  esac
}

file_grow() {
  if [ -e "$file_real" ]; then
    cp -a -- "$file_real" "$file_temp" || return
  else
    file_default_mode
    true >"$file_temp" && chmod "$file_default" "$file_temp" || return
    file_owner_is='' file_mode_is=
  fi
  # What `cp` has brought along already.
  [ -z "$file_owner" ] || [ -n "$file_owner_is" ] || chown -- "$file_owner" "$file_temp" || return
  [ -z "$file_mode" ] || [ -n "$file_mode_is" ] || chmod -- "$file_mode" "$file_temp" || return
  [ -z "$file_sha$file_parts" ] || cat "$file_new" >"$file_temp"
}

# Where there is no old file one program does all of it.
file_install() {
  file_default_mode
  set -- -m "${file_mode:-$file_default}"
  case $file_owner in
    *:*) set -- "$@" -o "${file_owner%%:*}" -g "${file_owner#*:}" ;;
    ?*) set -- "$@" -o "$file_owner" ;;
  esac
  install "$@" -- "$file_new" "$file_temp"
}

# $file_default becomes the mode of a new file that wants none.
file_default_mode() {
  step_has_secret && file_default=600 || file_default=644
}

file_validate_new() {
  case $file_temp in
    *[!A-Za-z0-9_./@%+=:,-]*) quote "$file_temp" ;;
    *) quoted=$file_temp ;;
  esac
  file_rest=$file_validate file_command=
  while :; do
    case $file_rest in
      *'{new}'*) file_command=$file_command${file_rest%%'{new}'*}$quoted && file_rest=${file_rest#*'{new}'} ;;
      *) break ;;
    esac
  done
  settle || return
  shell_env=:
  shell_as '' "$file_command$file_rest" 300
  [ "$rc" = 0 ] && return
  code=MW-CHANGE-VALIDATE unchanged=1
  file_error="\`$file_validate\` exited $rc with the new file beside the old one, which is untouched"
  return 1
}

# Puts the new file in place, tries it, and puts the old one back if it fails. Until the proof is there, the old version
# lies in $state/unproved, so that whoever comes after a death puts it back first.
file_swap() {
  file_unproved=$state/unproved/$file_key
  if [ -e "$file_real" ]; then
    cp -a -- "$file_real" "$file_unproved.new" && sync "$file_unproved.new" && mv -f "$file_unproved.new" "$file_unproved" || return
  else
    true >"$file_unproved.absent"
  fi
  sync "$state/unproved"
  mv -f -- "$file_temp" "$file_real" || return
  shell_env=:
  shell_as '' "$file_validate" 300
  if [ "$rc" = 0 ]; then
    rm -f "$file_unproved" "$file_unproved.absent"
    return
  fi
  code=MW-CHANGE-VALIDATE
  file_error="\`$file_validate\` exited $rc with the new file in place; the old file is back"
  if file_put_back; then
    unchanged=1
  else
    file_error="\`$file_validate\` exited $rc with the new file in place, and the old one cannot be put back"
  fi
  return 1
}

file_put_back() {
  if [ -e "$state/unproved/$file_key.absent" ]; then
    settle && rm -f -- "$file_real" && rm -f "$state/unproved/$file_key.absent" && return
    fail MW-CHANGE-FILE "$file_real was never validated and cannot be removed"
    return
  fi
  [ -e "$state/unproved/$file_key" ] || return 0
  # Those that were judged are of what is there now.
  file_owner_is='' file_mode_is=
  rm -f -- "$file_temp"
  cp -a -- "$state/unproved/$file_key" "$file_temp" && sync_all "$file_temp" && mv -f -- "$file_temp" "$file_real" &&
    rm -f "$state/unproved/$file_key" && return
  fail MW-CHANGE-FILE "$file_real was never validated and its old version cannot be put back"
}
