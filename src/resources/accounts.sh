# Users and groups: what the types user, userGroup and authorizedKey share. passwd_text, group_text and shadow_text are
# /etc/passwd, /etc/group and /etc/shadow (facts).

sweep_group() {
  group_text=$(cat /etc/group)
}

sweep_shadow() {
  shadow_text=
  [ ! -r /etc/shadow ] || shadow_text=$(cat /etc/shadow)
}

# $group_line becomes the entry of group $1, without its name.
group_line() {
  group_line=
  case $nl$group_text in
    *"$nl$1:"*) group_line=$nl$group_text && group_line=${group_line#*"$nl$1:"} && group_line=${group_line%%"$nl"*} ;;
  esac
}

# $shadow_line becomes the entry of user $1, without its name; $shadow_hash its password.
shadow_line() {
  shadow_line=
  case $nl$shadow_text in
    *"$nl$1:"*) shadow_line=$nl$shadow_text && shadow_line=${shadow_line#*"$nl$1:"} && shadow_line=${shadow_line%%"$nl"*} ;;
  esac
  shadow_hash=${shadow_line%%:*}
}

account_session() {
  umask 022
  cd / && in_session "$@"
}

# $account_id becomes the first number from $1 that no user and no group has.
account_free_id() {
  account_id=$1
  while account_id_taken "$account_id"; do account_id=$((account_id + 1)); done
}

# True if a user or group has number $1.
account_id_taken() {
  IFS=$nl
  for account_line in $passwd_text $group_text; do
    account_line=${account_line#*:*:}
    [ "${account_line%%:*}" != "$1" ] || { IFS=" $tab$nl" && return; }
  done
  IFS=" $tab$nl"
  return 1
}

# Replaces file $1 by text $2; a new one gets mode $3.
account_edit() {
  rm -f "$1.millwright"
  { [ ! -e "$1" ] || cp -a "$1" "$1.millwright"; } && printf '%s\n' "$2" >"$1.millwright" &&
    { [ -e "$1" ] || chmod "$3" "$1.millwright"; } && sync "$1.millwright" && mv -f "$1.millwright" "$1"
}

# Makes the line of $2 in file $1 (its text is $3) be $4, which may be new; a new file gets mode $5.
account_put_line() {
  account_head=$nl$3$nl
  case $account_head in
    *"$nl$2:"*)
      account_tail=${account_head#*"$nl$2:"}
      account_head=${account_head%%"$nl$2:"*}
      account_tail=${account_tail#*"$nl"}
      account_head=${account_head#"$nl"}
      account_edit "$1" "$account_head${account_head:+$nl}$4${account_tail:+$nl${account_tail%"$nl"}}" "$5"
      ;;
    *) account_edit "$1" "$3${3:+$nl}$4" "$5" ;;
  esac
}
