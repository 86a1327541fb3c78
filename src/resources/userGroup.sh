# userGroup: group_name group_id group_system group_absent.

userGroup_check() {
  group_line "$group_name"
  group_now=${group_line#*:}
  group_now=${group_now%%:*}
  case $group_absent$group_line in
    0) verdict=differs reason='is missing' ;;
    1) verdict=ok reason=absent ;;
    1*) verdict=differs reason='is here, must be absent' ;;
    *)
      if [ -n "$group_id" ] && [ "$group_id" != "$group_now" ]; then
        refuse MW-CHANGE-GID "gid is $group_now, wanted $group_id: the number of a group that exists is never changed"
        return
      fi
      verdict=ok reason="is here, gid $group_now"
      ;;
  esac
}

userGroup_apply() {
  if [ "$group_absent" = 1 ]; then
    group_remove
    return
  fi
  if command -v groupadd >/dev/null; then
    set --
    [ -z "$group_id" ] || set -- "$@" -g "$group_id"
    [ "$group_system" != 1 ] || set -- "$@" -r
    launch 60 account_session groupadd "$@" -- "$group_name"
    [ "$rc" = 0 ] || fail MW-MACHINE-USER "groupadd $group_name exited $rc" || return
  else
    group_add_by_hand || return
  fi
  sweep_group
  group_line "$group_name"
  group_now=${group_line#*:}
  reason="created, gid ${group_now%%:*}"
}

# For machines without shadow's tools.
group_add_by_hand() {
  group_number=$group_id
  if [ -z "$group_number" ]; then
    [ "$group_system" = 1 ] && account_free_id 100 || account_free_id 1000
    group_number=$account_id
  fi
  case $nl$group_text$nl in
    *:"$group_number":*) fail MW-MACHINE-USER "another group has gid $group_number" || return ;;
  esac
  account_edit /etc/group "$group_text$nl$group_name:x:$group_number:" 644 || fail MW-MACHINE-USER '/etc/group cannot be written'
}

group_remove() {
  group_members || return
  if command -v groupdel >/dev/null; then
    launch 60 account_session groupdel -- "$group_name"
    [ "$rc" = 0 ] || fail MW-MACHINE-USER "groupdel $group_name exited $rc" || return
  else
    account_edit /etc/group "$(grep -v "^$group_name:" /etc/group)" 644 || fail MW-MACHINE-USER '/etc/group cannot be written' || return
  fi
  reason=removed
}

# False: it is the primary group of a user.
group_members() {
  IFS=$nl
  for group_user in $passwd_text; do
    group_user_id=${group_user#*:*:*:}
    [ "${group_user_id%%:*}" = "$group_now" ] || continue
    IFS=" $tab$nl"
    fail MW-CHANGE-GROUPUSED "$group_name is the primary group of user ${group_user%%:*}, so it was not removed"
    return
  done
  IFS=" $tab$nl"
}

userGroup_save() {
  [ -n "$group_line" ] || { true >"$saved/absent" && return; }
  printf '%s\n' "$group_name:$group_line" >"$saved/group" || return
  [ ! -e /etc/gshadow ] || grep "^$group_name:" /etc/gshadow >"$saved/gshadow" || true
}

userGroup_undo() {
  sweep_group
  passwd_text=$(cat /etc/passwd)
  userGroup_check
  if [ -e "$saved/absent" ]; then
    reason='absent, as before'
    [ -z "$group_line" ] || group_remove
    return
  fi
  reason='as before'
  [ -z "$group_line" ] || return 0
  account_edit /etc/group "$group_text$nl$(cat "$saved/group")" 644 || fail '' '/etc/group cannot be written' || return
  if [ -s "$saved/gshadow" ]; then
    account_edit /etc/gshadow "$(cat /etc/gshadow)$nl$(cat "$saved/gshadow")" 600 || fail '' '/etc/gshadow cannot be written' || return
  fi
  reason='there again'
}
