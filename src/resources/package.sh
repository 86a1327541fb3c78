# package: package_name package_key package_version (may hold `*`) package_absent.

package_check() {
  eval "package_now=\$f_dpkg_$package_key"
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    refuse MW-MACHINE-PACKAGE 'this machine has no apt and dpkg, the only package manager that Millwright drives'
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
  package_now=${package_now#*|}
  # Unquoted: a `*` in the wanted version is a pattern.
  case $package_now in
    ${package_version:-*}) verdict=ok reason="$package_now is installed" ;;
    *)
      verdict=differs reason="$package_now is installed, wanted $package_version"
      case $package_version in
        *\**) ;;
        *)
          ! dpkg --compare-versions "$package_now" gt "$package_version" ||
            refuse MW-CHANGE-DOWNGRADE "$package_now is installed, newer than the wanted $package_version; Millwright does not downgrade"
          ;;
      esac
      ;;
  esac
}

package_apply() {
  if [ "$package_absent" = 1 ]; then
    # dpkg refuses where others need it; apt would remove them too.
    package_program dpkg --remove "$package_name"
    [ "$rc" = 0 ] || fail MW-MACHINE-PACKAGE "dpkg --remove $package_name exited $rc" || return
    reason=removed
    return
  fi
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
    fail MW-MACHINE-PACKAGE "apt-get install $package_name exited $rc$package_update_failed" || return
  facts
  sweep
  package_check
  [ "$verdict" = ok ] || fail MW-MACHINE-PACKAGE "apt-get installed $package_name, but then: $reason" || return
}

package_install() {
  package_program apt-get install -y -q --no-remove -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -- \
    "$package_name${package_version:+=$package_version}"
}

# Waits up to five minutes for whoever holds dpkg's lock.
package_program() {
  package_left=60
  while :; do
    true >"$rt/out"
    launch 3600 package_session "$@"
    [ "$rc" != 0 ] && [ "$package_left" -gt 0 ] && [ -z "$cancelled" ] || return 0
    case $(tail -n 20 "$rt/out") in
      *'Could not get lock'* | *'is locked by another process'* | *'Unable to acquire the dpkg frontend lock'*) ;;
      *) return 0 ;;
    esac
    package_left=$((package_left - 1))
    sleep 5
  done
}

package_session() {
  umask 022
  unset QUOTING_STYLE
  DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none NEEDRESTART_MODE=l LC_ALL=C.UTF-8
  export DEBIAN_FRONTEND APT_LISTCHANGES_FRONTEND NEEDRESTART_MODE LC_ALL
  cd / && in_session "$@"
}

package_must_configure() {
  case $(cat "$rt/out") in *'dpkg was interrupted'*) return 0 ;; esac
  return 1
}

package_not_found() {
  case $(cat "$rt/out") in
    *'Unable to locate package'* | *'has no installation candidate'* | *' was not found'* | *'404  Not Found'* | *"Couldn't find any package"*) return 0 ;;
  esac
  return 1
}

# Once per run, if the index is older than an hour.
package_fresh_index() {
  [ -z "$package_updated" ] || return 0
  set +f
  set -- /var/lib/apt/lists/*_Packages*
  set -f
  if [ -e "$1" ] && [ -n "$(find /var/lib/apt/lists "$state/apt-updated" -maxdepth 0 -mmin -60 2>/dev/null)" ]; then
    return
  fi
  package_update
}

package_update() {
  package_program apt-get update -q
  package_updated=1
  package_update_failed=
  if [ "$rc" = 0 ]; then
    true >"$state/apt-updated"
  else
    # The old index may do; if it doesn't, this is why.
    package_update_failed=", after apt-get update had exited $rc: $(tail -n 1 "$rt/out")"
  fi
}

# What was installed: `ii |1.2-3`, empty if nothing was.
package_save() {
  eval "printf '%s\\n' \"\$f_dpkg_$package_key\"" >"$saved/was"
}

# Only whether it is installed comes back. Another version stays, as does what came along with it, and no configuration
# file is touched.
package_undo() {
  IFS= read -r package_was <"$saved/was"
  facts
  sweep
  eval "package_now=\$f_dpkg_$package_key"
  case $package_was:$package_now in
    ?i' |'*:?i' |'*) package_undo_version ;;
    ?i' |'*:*) package_undo_removal ;;
    *:?[!nc]*) package_undo_install ;;
    *) reason='not installed, as before' ;;
  esac
}

package_undo_version() {
  reason="${package_now#*|} is installed, as before"
  [ "$package_now" = "$package_was" ] ||
    reason="stays ${package_now#*|}: packages are not put back to older versions (${package_was#*|})"
}

package_undo_install() {
  package_program dpkg --remove "$package_name"
  [ "$rc" = 0 ] || fail '' "dpkg --remove $package_name exited $rc" || return
  reason='removed; its configuration files stay, as do packages that came with it'
}

package_undo_removal() {
  package_fresh_index
  package_version=${package_was#*|}
  package_install
  reason="$package_version is installed again"
  [ "$rc" != 0 ] || return 0
  package_version=
  package_install
  [ "$rc" = 0 ] || fail '' "apt-get install $package_name exited $rc$package_update_failed" || return
  reason="installed again, not as ${package_was#*|}, which is not to be had any more"
}
