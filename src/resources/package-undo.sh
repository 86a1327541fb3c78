# What was installed: `ii |1.2-3`, empty if nothing was.
package_save() {
  eval "printf '%s\\n' \"\$f_package_$package_key\"" >"$saved/was"
}

# Only whether it is installed and held comes back. Another version stays, as does what came along with it, and no
# configuration file is touched.
package_undo() {
  IFS= read -r package_was <"$saved/was"
  package_find
  facts
  sweep
  eval "package_now=\$f_package_$package_key"
  case $package_was:$package_now in
    ?i' |'*:?i' |'*) package_undo_version ;;
    ?i' |'*:*) package_undo_removal ;;
    *:?[!nc]*) package_undo_install ;;
    *) reason='not installed, as before' ;;
  esac
}

package_undo_version() {
  reason="${package_now#*|} is installed, as before"
  [ "${package_now#*|}" = "${package_was#*|}" ] ||
    reason="stays ${package_now#*|}: packages are not put back to older versions (${package_was#*|})"
  package_reason=$reason
  case $package_hold:$package_was:$package_now in
    :* | [01]:h*:h* | [01]:[!h]*:[!h]*) return 0 ;;
    [01]:h*) package_set_hold 1 ;;
    *) package_set_hold 0 ;;
  esac || return
  reason=$package_reason
}

package_undo_install() {
  # What is held would have to be let go by whoever removes it.
  package_remove || return
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
  [ "$rc" = 0 ] || fail '' "$package_verb $package_name exited $rc$package_update_failed" || return
  reason="installed again, not as ${package_was#*|}, which is not to be had any more"
}
