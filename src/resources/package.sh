# package: package_name package_key package_version (may hold `*`) package_absent package_hold (1, 0, or empty: whoever
# wants) package_refresh (minutes).

package_check() {
  eval "package_now=\$f_package_$package_key"
  package_only_hold=
  package_find
  if [ "$package_manager" = none ]; then
    refuse MW-MACHINE-PACKAGE 'this machine has none of apt, dnf and apk, the package managers that Millwright drives'
    return
  fi
  case $package_absent$package_now in
    1?i*) verdict=differs reason="${package_now#*|} is installed, must be absent" ;;
    1 | 1?[nc]*) verdict=ok reason='not installed' ;;
    1*) verdict=differs reason='half installed, must be absent' ;;
    0?i' |'*) package_check_version ;;
    0 | 0?[nc]*) verdict=differs reason='not installed' ;;
    *) verdict=differs reason='half installed' ;;
  esac
}

package_check_version() {
  package_state=${package_now%%|*}
  package_now=${package_now#*|}
  # Unquoted: a `*` in the wanted version is a pattern.
  case $package_now in
    ${package_version:-*})
      verdict=ok reason="$package_now is installed"
      package_check_hold
      ;;
    *)
      verdict=differs reason="$package_now is installed, wanted $package_version"
      case $package_version in
        *\**) ;;
        *)
          ! package_newer "$package_now" "$package_version" ||
            refuse MW-CHANGE-DOWNGRADE "$package_now is installed, newer than the wanted $package_version; Millwright does not downgrade"
          ;;
      esac
      ;;
  esac
}

package_check_hold() {
  case $package_hold$package_state in
    1h*) reason="$reason and held" ;;
    1*) verdict=differs reason="$reason, but not held" package_only_hold=1 ;;
    0h*) verdict=differs reason="$reason and held, must not be held" package_only_hold=1 ;;
  esac
}

# True if version $1 comes after $2.
package_newer() {
  case $package_manager in
    apt) dpkg --compare-versions "$1" gt "$2" ;;
    dnf)
      package_epochs "$1" "$2"
      [ "$(rpm --eval "%{lua:print(rpm.vercmp('$package_first','$package_second'))}")" = 1 ]
      ;;
    apk) [ "$(apk version -t "$1" "$2")" = '>' ] ;;
  esac
}

# rpm compares what stands between separators: an epoch that isn't written is 0.
package_epochs() {
  package_first=$1 package_second=$2
  case $1 in *:*) ;; *) package_first=0:$1 ;; esac
  case $2 in *:*) ;; *) package_second=0:$2 ;; esac
}

package_apply() {
  if [ "$package_absent" = 1 ]; then
    package_remove || return
    reason=removed
    return
  fi
  [ -n "$package_only_hold" ] || package_bring || return
  [ -z "$package_hold" ] || package_set_hold "$package_hold" || return
  facts
  sweep
  package_check
  [ "$verdict" = ok ] || fail MW-MACHINE-PACKAGE "$package_name was installed, but then: $reason" || return
}

# Installs it, and tries again where that may help.
package_bring() {
  package_fresh_index
  package_install
  if [ "$rc" != 0 ] && package_must_configure; then
    package_program dpkg --configure -a --force-confdef --force-confold
    package_install
  fi
  if [ "$rc" != 0 ] && [ -z "$package_updated" ] && package_not_found; then
    package_update
    package_install
  fi
  [ "$rc" = 0 ] ||
    fail MW-MACHINE-PACKAGE "$package_verb $package_name exited $rc$package_update_failed"
}

package_install() {
  package_verb='apk add'
  case $package_manager in
    apt)
      package_verb='apt-get install'
      set -- "$package_name${package_version:+=$package_version}"
      # What is held moves only where this very version is wanted.
      [ "$package_hold" != 1 ] || [ -z "$package_version" ] || set -- --allow-change-held-packages "$@"
      package_apt_get --no-remove install "$@"
      ;;
    dnf)
      package_verb='dnf install'
      package_dnf install "$package_name${package_version:+-$package_version}"
      ;;
    apk)
      case $package_version in
        '') package_program apk add --wait 300 "$package_name" ;;
        *\*) package_program apk add --wait 300 "$package_name=~${package_version%%\**}" ;;
        *) package_program apk add --wait 300 "$package_name=$package_version" ;;
      esac
      ;;
  esac
}

# Refuses where others need it; the install commands would remove them too.
package_remove() {
  case $package_manager in
    apt) set -- dpkg --remove ;;
    dnf) set -- rpm -e ;;
    apk) set -- apk del --wait 300 ;;
  esac
  package_program "$@" "$package_name"
  [ "$rc" = 0 ] || fail MW-MACHINE-PACKAGE "$* $package_name exited $rc" || return
  [ "$package_manager" = apk ] || return 0
  facts
  sweep
  eval "package_now=\$f_package_$package_key"
  [ -z "$package_now" ] || fail MW-MACHINE-PACKAGE "$package_name stays, as others need it"
}

# Holds it at the version that is installed if $1 is 1, else lets it go.
package_set_hold() {
  facts
  sweep
  eval "package_now=\${f_package_$package_key#*|}"
  case $package_manager$1 in
    apt1) package_program apt-mark hold "$package_name" ;;
    apt0) package_program apt-mark unhold "$package_name" ;;
    dnf1) package_dnf versionlock add "$package_name" ;;
    dnf0) package_dnf versionlock delete "$package_name" ;;
    apk1) package_program apk add --wait 300 "$package_name=$package_now" ;;
    apk0) package_program apk add --wait 300 "$package_name" ;;
  esac
  [ "$rc" = 0 ] && return
  [ "$package_manager" = dnf ] && package_hint='; dnf needs its plugin versionlock for that' || package_hint=
  fail MW-MACHINE-PACKAGE "the hold of $package_name cannot be changed: exit $rc$package_hint"
}

package_must_configure() {
  case $(cat "$rt/out") in *'dpkg was interrupted'*) return 0 ;; esac
  return 1
}

package_not_found() {
  case $(cat "$rt/out") in
    *'Unable to locate package'* | *'has no installation candidate'* | *' was not found'* | *'404  Not Found'* | \
      *"Couldn't find any package"* | *'No match for argument'* | *'Unable to find a match'* | *'no such package'*) return 0 ;;
  esac
  return 1
}
