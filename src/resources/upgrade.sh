# upgrade: package_refresh (minutes).

# The index is no part of what is declared: an apply fetches it before it looks, a check takes what is there.
upgrade_check() {
  package_find
  if [ "$package_manager" = none ]; then
    refuse MW-MACHINE-PACKAGE 'this machine has none of apt, dnf and apk, the package managers that Millwright drives'
    return
  fi
  [ "$purpose" = check ] || package_fresh_index
  if ! upgrade_look; then
    refuse MW-MACHINE-PACKAGE "$package_manager cannot tell what is pending: exit $rc$package_update_failed"
    return
  fi
  if [ "$upgrade_count" = 0 ]; then
    verdict=ok reason='nothing is pending'
  else
    verdict=differs reason="$upgrade_count pending: $upgrade_names"
  fi
}

# $upgrade_count and $upgrade_names (at most ten) become what is pending.
upgrade_look() {
  "upgrade_list_$package_manager" || return
  upgrade_count=0 upgrade_names=
  for upgrade_name in $upgrade_list; do
    upgrade_count=$((upgrade_count + 1))
    case $upgrade_count in
      ? | 10) upgrade_names="$upgrade_names${upgrade_names:+, }$upgrade_name" ;;
      11) upgrade_names="$upgrade_names, ..." ;;
    esac
  done
}

# Writes no caches, as it serves checks too.
upgrade_list_apt() {
  true >"$rt/out"
  launch 600 package_session apt-get -s -q -o Debug::NoLocking=1 -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
    upgrade --with-new-pkgs
  upgrade_list=$(sed -n 's/^Inst \([^ ]*\) .*/\1/p' "$rt/out")
  [ "$rc" = 0 ]
}

upgrade_list_dnf() {
  true >"$rt/out"
  launch 600 package_session dnf -q -C "--setopt=logdir=$rt" check-upgrade
  case $rc in
    0) upgrade_list= ;;
    100) upgrade_list=$(sed -n -e '/^Obsoleting/q' -e 's/^\([^ ]*\)\.[^. ]* *[^ ]* *[^ ]*$/\1/p' "$rt/out") && rc= ;;
    *) return 1 ;;
  esac
}

upgrade_list_apk() {
  true >"$rt/out"
  launch 600 package_session apk upgrade --simulate
  upgrade_list=$(sed -n 's/^([0-9/]*) [UI][a-z]* \([^ ]*\) .*/\1/p' "$rt/out")
  [ "$rc" = 0 ]
}

upgrade_apply() {
  upgrade_before=$upgrade_count
  case $package_manager in
    apt) package_apt_get --with-new-pkgs upgrade ;;
    dnf) package_dnf upgrade ;;
    apk) package_program apk upgrade --wait 300 ;;
  esac
  [ "$rc" = 0 ] || fail MW-MACHINE-PACKAGE "$package_manager upgrade exited $rc$package_update_failed" || return
  upgrade_look && [ "$upgrade_count" = 0 ] ||
    fail MW-MACHINE-PACKAGE "$package_manager upgraded, but $upgrade_count are still pending: $upgrade_names" || return
  reason="$upgrade_before upgraded"
}

upgrade_save() {
  :
}

upgrade_undo() {
  fail '' 'packages are not put back to older versions'
}
