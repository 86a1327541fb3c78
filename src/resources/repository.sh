# repository: repository_uri repository_suites repository_absent repository_signer (text of the key, or nothing); for apt,
# dnf and apk the path repository_<manager>, repository_<manager>_signer (with _key: of the fact) and, but for apk, _text.

# $repository_file, $repository_now, $repository_text: what declares it, as it is and as it should be. $repository_key_file
# and $repository_key_now: the same for what signs it.
repository_look() {
  package_find
  [ "$package_manager" != none ] || return
  eval "repository_file=\$repository_$package_manager repository_now=\$repository_${package_manager}_key"
  eval "repository_now=\$f_whole_$repository_now repository_text=\$repository_${package_manager}_text"
  eval "repository_key_file=\$repository_${package_manager}_signer repository_key_now=\$repository_${package_manager}_signer_key"
  eval "repository_key_now=\$f_whole_$repository_key_now"
  [ "$package_manager" != apk ] || repository_lines
}

# apk has one file for all: $repository_text becomes it, with our line or without.
repository_lines() {
  repository_text=${repository_now#=}
  case $nl$repository_text in
    *"$nl$repository_uri$nl"*)
      [ "$repository_absent" = 1 ] || return 0
      repository_text=$nl$repository_text
      repository_text=${repository_text%%"$nl$repository_uri$nl"*}$nl${repository_text#*"$nl$repository_uri$nl"}
      repository_text=${repository_text#"$nl"}
      ;;
    *) [ "$repository_absent" = 1 ] || repository_text=$repository_text$repository_uri$nl ;;
  esac
}

repository_check() {
  if ! repository_look; then
    refuse MW-CHANGE-REPOSITORY 'this machine has none of apt, dnf and apk, the package managers that Millwright drives'
    return
  fi
  if [ "$package_manager$repository_absent$repository_suites" = apt0 ]; then
    refuse MW-CHANGE-REPOSITORY 'apt needs suites; ./ is the one of a flat repository'
    return
  fi
  verdict=ok reason='as wanted'
  if [ "$repository_now" != "${repository_text:+=$repository_text}" ]; then
    verdict=differs reason="$repository_file differs"
    [ -n "$repository_now" ] || reason="$repository_file is missing"
    [ "$repository_absent" = 0 ] || reason="is declared in $repository_file, must be absent"
  elif [ "$repository_key_now" != "${repository_signer:+=$repository_signer}" ]; then
    verdict=differs reason="$repository_key_file differs"
  fi
}

# The next package is looked for in a new index, also by a run that comes after this one.
repository_apply() {
  repository_look
  true >"$state/index-stale" && sync "$state" || fail MW-MACHINE-STATE "$state cannot be written" || return
  repository_put "$repository_key_file" "$repository_signer" && repository_put "$repository_file" "$repository_text" ||
    fail MW-CHANGE-REPOSITORY "$repository_file or $repository_key_file cannot be written" || return
  reason='declared; the next package fetches the index'
  [ "$repository_absent" = 0 ] || reason='not declared any more'
}

# Makes file $1 hold $2, or removes it if that is nothing.
repository_put() {
  if [ -z "$2" ]; then
    rm -f -- "$1"
  else
    (umask 022 && mkdir -p "${1%/*}") && put_text "$1" "$2"
  fi
}

repository_save() {
  repository_look
  save_part file "$repository_file" && save_part signer "$repository_key_file"
}

repository_undo() {
  true >"$state/index-stale"
  restore_part file && restore_part signer || return
  reason='as before'
}
