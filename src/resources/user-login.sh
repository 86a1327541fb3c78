# user: how it may log in: password and keys.

# True if /etc/shadow has another password than wanted.
user_password_differs() {
  user_password
  user_hash=${user_hash%"$nl"}
  shadow_line "$user_name"
  [ "$shadow_hash" != "$user_hash" ]
}

user_write_password() {
  user_password_differs || return 0
  case $user_hash in
    *:* | *"$nl"* | '') user_hash_refused || return ;;
    '$'?*'$'?* | '!'* | '*') ;;
    *) user_hash_refused || return ;;
  esac
  user_did="$user_did, password set"
  if ! command -v chpasswd >/dev/null; then
    user_put_password "$user_hash" || fail MW-MACHINE-USER '/etc/shadow cannot be written'
    return
  fi
  # By standard input: arguments can be read by everybody on the machine.
  input=$rt/slots/:password
  printf '%s\n' "$user_name:$user_hash" >"$input" || fail MW-MACHINE-USER 'its password cannot be passed on' || return
  launch 60 account_session chpasswd -e
  rm -f "$input"
  input=
  [ "$rc" = 0 ] || fail MW-MACHINE-USER "chpasswd -e for $user_name exited $rc"
}

user_hash_refused() {
  fail MW-CHANGE-PASSWORDHASH "the secret of passwordHash is no crypt(3) hash such as those \`openssl passwd -6\` prints, so it was not set"
}

# Writes password $1 into the user's line of /etc/shadow.
user_put_password() {
  sweep_shadow
  shadow_line "$user_name"
  user_shadow_rest=${shadow_line#*:}
  [ -n "$shadow_line" ] || user_shadow_rest=$(($(date +%s) / 86400)):0:99999:7:::
  account_put_line /etc/shadow "$user_name" "$shadow_text" "$user_name:$1:$user_shadow_rest" 600
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
