# Files that are ours as a whole, root's and without secrets unless said: what the types unit, timer, cron and firewall
# share.

# $our_reason becomes what is wrong with file $1, whose fact key is $2, digest $3 and mode $4; empty: nothing. False: it
# is no file, and was refused.
our_judge() {
  eval "our_stat=\$f_stat_$2 our_sum=\${f_sha256_$2%% *}"
  our_reason=
  case $our_stat in
    '') our_reason='is missing' ;;
    a*) refuse MW-CHANGE-SYMLINK "$1 is a symbolic link to ${our_stat##*-> }" && return 1 ;;
    8*)
      [ "$our_sum" = "$3" ] || our_reason='content differs'
      case $our_stat in
        *"|$4|"*'|0|'*'|0|'*) ;;
        *) our_reason="$our_reason${our_reason:+, }mode or owner differs from $4 root:root" ;;
      esac
      ;;
    *) refuse MW-CHANGE-NOTFILE "$1 is no regular file" && return 1 ;;
  esac
}

# Makes file $1 have the content of file $2 and mode $3.
our_write() {
  [ -d "${1%/*}/" ] || fail MW-CHANGE-NODIR "the directory ${1%/*} does not exist" || return
  our_temp=${1%/*}/.millwright.$number.tmp
  our_copy "$2" "$3" && sync_all "$our_temp" && mv -fT -- "$our_temp" "$1" && sync "${1%/*}" && return
  rm -f -- "$our_temp"
  fail MW-CHANGE-FILE "$1 cannot be written"
}

our_copy() {
  if [ -e "$our_temp" ] || [ -L "$our_temp" ]; then rm -f -- "$our_temp" || return; fi
  if command -v install >/dev/null; then
    install -m "$2" -o 0 -g 0 -- "$1" "$our_temp"
  else
    cat "$1" >"$our_temp" && chown 0:0 "$our_temp" && chmod "$2" "$our_temp"
  fi
}

our_remove() {
  [ -e "$1" ] || return 0
  settle && rm -f -- "$1" && sync "${1%/*}" || fail MW-CHANGE-FILE "$1 cannot be removed"
}

our_session() {
  umask 022
  unset LC_ALL QUOTING_STYLE
  cd / && in_session "$@"
}
