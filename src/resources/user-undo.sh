# user: what it takes to undo it, and how. Best effort: a home that was made stays.

# What the user was: its lines, the groups it was in, its authorized_keys. Read as the user, for the same reason.
user_save() {
  [ -n "$passwd_line" ] || { true >"$saved/absent" && return; }
  home_of
  printf '%s\n' "$passwd_line" >"$saved/passwd" || return
  if [ -e /etc/shadow ]; then grep "^$user_name:" /etc/shadow >"$saved/shadow" || true >"$saved/shadow"; fi
  user_save_groups >"$saved/groups" || return
  [ "$user_keys_managed" = 1 ] || return 0
  shell_env=user_keys_env
  shell_as "$user_name" 'cat "$MW_HOME/.ssh/authorized_keys" 2>/dev/null' 60
  if [ "$rc" = 0 ]; then cat "$rt/out" >"$saved/keys" || return; fi
  true >"$rt/out"
}

# Prints the lines of the groups that list the user, and of its own.
user_save_groups() {
  IFS=$nl
  for user_line in $group_text; do
    IFS=" $tab$nl"
    case $user_line in
      "$user_name:"*) printf '%s\n' "$user_line" ;;
      *) case ,${user_line##*:}, in *",$user_name,"*) printf '%s\n' "$user_line" ;; esac ;;
    esac
  done
  IFS=" $tab$nl"
}

user_undo() {
  user_did=
  user_refresh
  if [ -e "$saved/absent" ]; then
    user_undo_create
    return
  fi
  IFS= read -r user_was <"$saved/passwd"
  if [ -z "$passwd_line" ]; then user_undo_removal || return; fi
  user_undo_lines && user_undo_groups && user_undo_password && user_undo_keys || return
  reason=${user_did#, }
  reason=${reason:-as before}
}

user_undo_create() {
  reason='absent, as before'
  [ -z "$passwd_line" ] || user_remove
}

# Its very lines come back, so that number, password and groups are those it had.
user_undo_removal() {
  user_did=', there again'
  account_edit /etc/passwd "$(cat /etc/passwd)$nl$user_was" 644 || fail '' '/etc/passwd cannot be written' || return
  if [ -s "$saved/shadow" ]; then
    account_edit /etc/shadow "$(grep -v "^$user_name:" /etc/shadow)$nl$(cat "$saved/shadow")" 600 ||
      fail '' '/etc/shadow cannot be written' || return
  fi
  user_refresh
}

user_undo_lines() {
  user_home_was=${user_was%:*}
  user_home_was=${user_home_was##*:}
  user_comment_was=${user_was#*:*:*:*:}
  user_comment_was=${user_comment_was%%:*}
  user_fields
  [ "$user_comment_was" = "$user_comment_now" ] || user_modify comment -c "$user_comment_was" || return
  [ "${user_was##*:}" = "${passwd_line##*:}" ] || user_modify shell -s "${user_was##*:}" || return
  [ "$user_home_was" = "$home" ] || user_modify home -d "$user_home_was" || return
  user_refresh
}

user_undo_password() {
  [ "$user_password_managed" = 1 ] && [ -s "$saved/shadow" ] || return 0
  IFS=: read -r _ user_hash_was _ <"$saved/shadow"
  sweep_shadow
  shadow_line "$user_name"
  [ "$shadow_hash" != "$user_hash_was" ] || return 0
  user_did="$user_did, old password back"
  user_put_password "$user_hash_was" || fail '' '/etc/shadow cannot be written'
}

# Of the groups that it is in now it leaves those that the step asked for and it wasn't in; those it was in it joins.
user_undo_groups() {
  while IFS= read -r user_line; do
    user_group=${user_line%%:*}
    group_line "$user_group"
    if [ -z "$group_line" ]; then
      account_edit /etc/group "$group_text$nl$user_line" 644 || fail '' '/etc/group cannot be written' || return
      user_did="$user_did, group $user_group there again"
      user_refresh
    elif [ "$user_group" != "$user_name" ] && ! user_in_group "$user_group"; then
      user_modify "group $user_group" -aG "$user_group" || return
      user_refresh
    fi
  done <"$saved/groups"
  for user_group in $user_groups; do
    case "$nl$(cat "$saved/groups")" in *"$nl$user_group:"*) continue ;; esac
    group_line "$user_group"
    case ,${group_line##*:}, in *",$user_name,"*) user_leave "$user_group" || return ;; esac
  done
}

user_leave() {
  user_members=,${group_line##*:},
  user_members=${user_members%%",$user_name,"*},${user_members#*",$user_name,"}
  user_members=${user_members#,}
  user_members=${user_members%,}
  user_head=${group_text%%"$1:$group_line"*}
  user_tail=${group_text#*"$1:$group_line"}
  account_edit /etc/group "$user_head$1:${group_line%:*}:$user_members$user_tail" 644 ||
    fail '' '/etc/group cannot be written' || return
  user_did="$user_did, left group $1"
  user_refresh
}

user_undo_keys() {
  [ "$user_keys_managed" = 1 ] || return 0
  shell_env=user_keys_env
  if [ -e "$saved/keys" ]; then
    user_did="$user_did, old authorized_keys back"
    user_put_keys "$saved/keys" || return
  else
    user_did="$user_did, authorized_keys removed"
    shell_as "$user_name" 'rm -f "$MW_HOME/.ssh/authorized_keys"' 60
  fi
  [ "$rc" = 0 ] || fail '' "$home/.ssh/authorized_keys cannot be put back by $user_name"
}
