# user: user_name user_key user_shell user_home user_groups user_system user_absent user_keys_managed user_keys_sha.
# passwd_text and group_text are /etc/passwd and /etc/group (facts).

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
  user_shell_now=${passwd_line##*:}
  home_of
  [ -z "$user_shell" ] || [ "$user_shell" = "$user_shell_now" ] || reason="shell is $user_shell_now, wanted $user_shell"
  [ -z "$user_home" ] || [ "$user_home" = "$home" ] || reason="$reason${reason:+, }home is $home, wanted $user_home"
  for user_group in $user_groups; do
    user_in_group "$user_group" || reason="$reason${reason:+, }not in group $user_group"
  done
  if [ "$user_keys_managed" = 1 ]; then
    eval "user_sum=\$f_sha256_$user_key"
    [ "${user_sum%% *}" = "$user_keys_sha" ] || reason="$reason${reason:+, }authorized_keys differ"
  fi
  [ -z "$reason" ] && reason='as wanted' || verdict=differs
}

# $group_line becomes the entry of group $1.
group_line() {
  group_line=
  case $nl$group_text in
    *"$nl$1:"*) group_line=$nl$group_text && group_line=${group_line#*"$nl$1:"} && group_line=${group_line%%"$nl"*} ;;
  esac
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
  [ "$user_keys_managed" != 1 ] || user_write_keys || return
  reason=${user_did#, }
}

user_create() {
  user_did=', created'
  if command -v useradd >/dev/null; then
    set -- -m -p '*'
    [ -z "$user_shell" ] || set -- "$@" -s "$user_shell"
    [ -z "$user_home" ] || set -- "$@" -d "$user_home"
    [ "$user_system" != 1 ] || set -- "$@" -r
    [ -z "$user_groups" ] || set -- "$@" -G "$(printf %s "$user_groups" | tr ' ' ,)"
    # Its own group may exist already, left over from an earlier user of that name.
    group_line "$user_name"
    [ -z "$group_line" ] || set -- "$@" -g "$user_name"
    launch 120 user_session useradd "$@" -- "$user_name"
    [ "$rc" = 0 ] || fail MW-MACHINE-USER "useradd $user_name exited $rc" || return
  else
    user_create_by_hand || fail MW-MACHINE-USER "user $user_name cannot be written to /etc/passwd" || return
  fi
  user_refresh
}

user_session() {
  umask 022
  cd / && in_session "$@"
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
  user_free_id
  group_line "$user_name"
  user_gid=$user_id
  if [ -n "$group_line" ]; then
    user_gid=${group_line#*:}
    user_gid=${user_gid%%:*}
  else
    user_edit /etc/group "$group_text$nl$user_name:x:$user_gid:" 644 || return
  fi
  user_home_new=${user_home:-/home/$user_name}
  user_edit /etc/passwd "$passwd_text$nl$user_name:x:$user_id:$user_gid::$user_home_new:${user_shell:-/bin/sh}" 644 || return
  if [ -e /etc/shadow ]; then
    user_shadow=$(grep -v "^$user_name:" /etc/shadow)
    user_edit /etc/shadow "$user_shadow$nl$user_name:*:$(($(date +%s) / 86400)):0:99999:7:::" 600 || return
  fi
  user_refresh
  for user_group in $user_groups; do user_join_by_hand "$user_group" || return; done
  [ -d "$user_home_new" ] || { mkdir -p "$user_home_new" && chmod 755 "$user_home_new" && chown "$user_id:$user_gid" "$user_home_new"; }
}

# $user_id becomes the first number from $user_id_from that no user and no group has.
user_free_id() {
  user_id=$user_id_from
  while :; do
    case $nl$passwd_text$nl$group_text$nl in
      *":$user_id:"*) user_id=$((user_id + 1)) ;;
      *) return ;;
    esac
  done
}

# Replaces file $1 by text $2; a new one gets mode $3.
user_edit() {
  rm -f "$1.millwright"
  { [ ! -e "$1" ] || cp -a "$1" "$1.millwright"; } && printf '%s\n' "$2" >"$1.millwright" &&
    { [ -e "$1" ] || chmod "$3" "$1.millwright"; } && sync "$1.millwright" && mv -f "$1.millwright" "$1"
}

user_join_by_hand() {
  group_line "$1"
  user_members=${group_line##*:}
  user_head=${group_text%%"$1:$group_line"*}
  user_tail=${group_text#*"$1:$group_line"}
  group_text=$user_head$1:${group_line%:*}:$user_members${user_members:+,}$user_name$user_tail
  user_edit /etc/group "$group_text" 644
}

user_change() {
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
    launch 120 user_session usermod "$2" "$3" -- "$user_name"
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
  esac
  passwd_text=${passwd_text%%"$passwd_line"*}$user_line_new${passwd_text#*"$passwd_line"}
  passwd_line=$user_line_new
  user_edit /etc/passwd "$passwd_text" 644 || fail MW-MACHINE-USER '/etc/passwd cannot be written'
}

# Written as the user: what lies in a home is the user's to redirect, so root must not follow it.
user_write_keys() {
  eval "user_sum=\$f_sha256_$user_key"
  [ "${user_sum%% *}" != "$user_keys_sha" ] || return 0
  user_did="$user_did, authorized_keys written"
  user_put_keys "$bundle_dir/files/$user_keys_sha"
  [ "$rc" = 0 ] || fail MW-CHANGE-KEYS "$home/.ssh/authorized_keys cannot be written by $user_name" || return
}

user_put_keys() {
  # The file is root's; standard input is opened before the user is changed.
  input=$1
  shell_env=user_keys_env
  shell_as "$user_name" 'umask 077
    mkdir -p "$MW_HOME/.ssh" && cat >"$MW_HOME/.ssh/.authorized_keys.millwright" &&
    mv -f "$MW_HOME/.ssh/.authorized_keys.millwright" "$MW_HOME/.ssh/authorized_keys"' 60
  input=
}

user_keys_env() {
  MW_HOME=$home
  export MW_HOME
}

# The home stays.
user_remove() {
  case $user_name in
    root | "$SUDO_USER") fail MW-CHANGE-USER "$user_name is the user whom Millwright works as" || return ;;
  esac
  if command -v userdel >/dev/null; then
    launch 120 user_session userdel -- "$user_name"
    [ "$rc" = 0 ] || fail MW-MACHINE-USER "userdel $user_name exited $rc" || return
  else
    user_edit /etc/passwd "$(grep -v "^$user_name:" /etc/passwd)" 644 &&
      { [ ! -e /etc/shadow ] || user_edit /etc/shadow "$(grep -v "^$user_name:" /etc/shadow)" 600; } ||
      fail MW-MACHINE-USER "user $user_name cannot be taken out of /etc/passwd" || return
  fi
  reason="removed; ${home:-its home} stays"
}
