# user: user_name user_key user_shell user_home user_comment user_uid user_groups user_system user_absent
# user_keys_managed user_keys_sha user_password_managed. user_password (a function) makes user_hash the wanted password.

user_check() {
  passwd_line "$user_name"
  if [ "$user_absent" = 1 ]; then
    [ -n "$passwd_line" ] && verdict=differs reason='is here, must be absent' || verdict=ok reason=absent
    return
  fi
  if [ -z "$passwd_line" ]; then
    verdict=differs reason='is missing'
    return
  fi
  verdict=ok reason=
  user_fields
  if [ -n "$user_uid" ] && [ "$user_uid" != "$user_uid_now" ]; then
    refuse MW-CHANGE-UID "uid is $user_uid_now, wanted $user_uid: the number of a user that exists is never changed"
    return
  fi
  [ "$user_comment_managed" != 1 ] || [ "$user_comment" = "$user_comment_now" ] || reason="comment is $user_comment_now, wanted $user_comment"
  [ -z "$user_shell" ] || [ "$user_shell" = "$user_shell_now" ] || reason="$reason${reason:+, }shell is $user_shell_now, wanted $user_shell"
  [ -z "$user_home" ] || [ "$user_home" = "$home" ] || reason="$reason${reason:+, }home is $home, wanted $user_home"
  for user_group in $user_groups; do
    user_in_group "$user_group" || reason="$reason${reason:+, }not in group $user_group"
  done
  if [ "$user_password_managed" = 1 ]; then
    user_password_differs && reason="$reason${reason:+, }password differs"
  fi
  if [ "$user_keys_managed" = 1 ]; then
    eval "user_sum=\$f_sha256_$user_key"
    [ "${user_sum%% *}" = "$user_keys_sha" ] || reason="$reason${reason:+, }authorized_keys differ"
  fi
  [ -z "$reason" ] && reason='as wanted' || verdict=differs
}

# $user_uid_now, $user_gid_now, $user_comment_now, $user_shell_now and $home become those of the entry.
user_fields() {
  IFS=:
  set -- $passwd_line
  IFS=" $tab$nl"
  user_uid_now=$3 user_gid_now=$4 user_comment_now=$5
  user_shell_now=${passwd_line##*:}
  home_of
}

user_in_group() {
  group_line "$1"
  case ,${group_line##*:}, in *",$user_name,"*) return 0 ;; esac
  # The primary group lists nobody.
  user_gid=${passwd_line#*:*:*:}
  group_gid=${group_line#*:}
  [ -n "$group_line" ] && [ "${group_gid%%:*}" = "${user_gid%%:*}" ]
}

user_apply() {
  user_did=
  if [ "$user_absent" = 1 ]; then
    user_remove
    return
  fi
  for user_group in $user_groups; do
    group_line "$user_group"
    [ -n "$group_line" ] || fail MW-CHANGE-GROUP "group $user_group does not exist on this machine" || return
  done
  if [ -n "$user_shell" ] && [ ! -x "$user_shell" ]; then
    fail MW-CHANGE-SHELL "shell $user_shell does not exist on this machine"
    return
  fi
  if [ -z "$passwd_line" ]; then
    user_create || return
  else
    user_change || return
  fi
  [ "$user_password_managed" != 1 ] || user_write_password || return
  [ "$user_keys_managed" != 1 ] || user_write_keys || return
  reason=${user_did#, }
}

user_create() {
  user_did=', created'
  if command -v useradd >/dev/null; then
    set -- -m -p '*'
    [ -z "$user_shell" ] || set -- "$@" -s "$user_shell"
    [ -z "$user_home" ] || set -- "$@" -d "$user_home"
    [ -z "$user_uid" ] || set -- "$@" -u "$user_uid"
    [ -z "$user_comment" ] || set -- "$@" -c "$user_comment"
    [ "$user_system" != 1 ] || set -- "$@" -r
    [ -z "$user_groups" ] || set -- "$@" -G "$(printf %s "$user_groups" | tr ' ' ,)"
    # Its own group may exist already, left over from an earlier user of that name.
    group_line "$user_name"
    [ -z "$group_line" ] || set -- "$@" -g "$user_name"
    launch 120 account_session useradd "$@" -- "$user_name"
    [ "$rc" = 0 ] || fail MW-MACHINE-USER "useradd $user_name exited $rc" || return
  else
    user_create_by_hand || fail MW-MACHINE-USER "user $user_name cannot be written to /etc/passwd" || return
  fi
  user_refresh
}

user_refresh() {
  facts
  sweep
  passwd_line "$user_name"
  home_of
}

# For machines with neither shadow's nor busybox' tools.
user_create_by_hand() {
  user_id_from=1000
  [ "$user_system" != 1 ] || user_id_from=100
  user_number=$user_uid
  if [ -z "$user_number" ]; then
    account_free_id "$user_id_from"
    user_number=$account_id
  elif account_id_taken "$user_number"; then
    printf '%s\n' "a user or group has number $user_number already" >>"$rt/out"
    return 1
  fi
  group_line "$user_name"
  user_gid=$user_number
  if [ -n "$group_line" ]; then
    user_gid=${group_line#*:}
    user_gid=${user_gid%%:*}
  else
    account_edit /etc/group "$group_text$nl$user_name:x:$user_gid:" 644 || return
  fi
  user_home_new=${user_home:-/home/$user_name}
  account_edit /etc/passwd "$passwd_text$nl$user_name:x:$user_number:$user_gid:$user_comment:$user_home_new:${user_shell:-/bin/sh}" 644 || return
  if [ -e /etc/shadow ]; then
    user_shadow=$(grep -v "^$user_name:" /etc/shadow)
    account_edit /etc/shadow "$user_shadow$nl$user_name:*:$(($(date +%s) / 86400)):0:99999:7:::" 600 || return
  fi
  user_refresh
  for user_group in $user_groups; do user_join_by_hand "$user_group" || return; done
  [ -d "$user_home_new" ] || { mkdir -p "$user_home_new" && chmod 755 "$user_home_new" && chown "$user_number:$user_gid" "$user_home_new"; }
}

user_join_by_hand() {
  group_line "$1"
  user_members=${group_line##*:}
  user_head=${group_text%%"$1:$group_line"*}
  user_tail=${group_text#*"$1:$group_line"}
  group_text=$user_head$1:${group_line%:*}:$user_members${user_members:+,}$user_name$user_tail
  account_edit /etc/group "$group_text" 644
}

user_change() {
  if [ "$user_comment_managed" = 1 ] && [ "$user_comment" != "$user_comment_now" ]; then
    user_modify comment -c "$user_comment" || return
  fi
  if [ -n "$user_shell" ] && [ "$user_shell" != "$user_shell_now" ]; then
    user_modify shell -s "$user_shell" || return
  fi
  if [ -n "$user_home" ] && [ "$user_home" != "$home" ]; then
    user_modify home -d "$user_home" || return
    user_refresh
  fi
  for user_group in $user_groups; do
    user_in_group "$user_group" || user_modify "group $user_group" -aG "$user_group" || return
  done
}

# Changes one thing, named $1 for people.
user_modify() {
  user_did="$user_did, $1 set"
  if command -v usermod >/dev/null; then
    launch 120 account_session usermod "$2" "$3" -- "$user_name"
    [ "$rc" = 0 ] || fail MW-MACHINE-USER "usermod $2 $3 $user_name exited $rc"
    return
  fi
  user_line_new=$passwd_line
  case $2 in
    -aG) user_join_by_hand "$3" && return ;;
    -s) user_line_new=${passwd_line%:*}:$3 ;;
    -d)
      user_line_new=${passwd_line%:*:*}:$3:${passwd_line##*:}
      ;;
    -c)
      user_fields
      user_line_new=$user_name:x:$user_uid_now:$user_gid_now:$3:$home:$user_shell_now
      ;;
  esac
  passwd_text=${passwd_text%%"$passwd_line"*}$user_line_new${passwd_text#*"$passwd_line"}
  passwd_line=$user_line_new
  account_edit /etc/passwd "$passwd_text" 644 || fail MW-MACHINE-USER '/etc/passwd cannot be written'
}

# The home stays.
user_remove() {
  case $user_name in
    root | "$SUDO_USER") fail MW-CHANGE-USER "$user_name is the user whom Millwright works as" || return ;;
  esac
  if command -v userdel >/dev/null; then
    launch 120 account_session userdel -- "$user_name"
    [ "$rc" = 0 ] || fail MW-MACHINE-USER "userdel $user_name exited $rc" || return
  else
    account_edit /etc/passwd "$(grep -v "^$user_name:" /etc/passwd)" 644 &&
      { [ ! -e /etc/shadow ] || account_edit /etc/shadow "$(grep -v "^$user_name:" /etc/shadow)" 600; } ||
      fail MW-MACHINE-USER "user $user_name cannot be taken out of /etc/passwd" || return
  fi
  reason="removed; ${home:-its home} stays"
}
