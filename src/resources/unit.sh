# unit: unit_name unit_path unit_key unit_unit (fact key; empty: a template) unit_dropin unit_sha unit_parts unit_absent.
# unit_parts is 1 where slots are in the content: `content` then prints all of it.

unit_check() {
  systemd_runs || return 0
  if [ "$unit_absent" = 1 ]; then
    eval "unit_stat=\$f_stat_$unit_key"
    case $unit_stat in
      '') verdict=ok reason=absent ;;
      4*) refuse MW-CHANGE-NOTFILE "$unit_path is a directory, which \`absent\` does not remove" ;;
      *) verdict=differs reason='is here, must be absent' ;;
    esac
  else
    unit_fill
    our_judge "$unit_path" "$unit_key" "$unit_want" "$unit_mode" || return 0
    verdict=ok reason='as wanted'
    [ -z "$our_reason" ] || verdict=differs reason=$our_reason
  fi
  if [ "$verdict" = ok ] && [ -n "$unit_unit" ] && systemd_stale "$unit_unit"; then
    verdict=differs reason='changed since systemd read it'
  fi
}

# $unit_new becomes the path of the wanted content, $unit_want its digest and $unit_mode its mode.
unit_fill() {
  unit_new=$bundle_dir/files/$unit_sha unit_want=$unit_sha unit_mode=644
  [ "$unit_parts" = 1 ] || return 0
  unit_new=$rt/slots/:content.$number
  content >"$unit_new"
  unit_want=$(sha256sum "$unit_new")
  unit_want=${unit_want%% *}
  ! step_has_secret || unit_mode=600
}

unit_diff() {
  [ "$unit_absent" = 0 ] || return 0
  case $our_stat in 8*) unit_old=$unit_path ;; *) unit_old=/dev/null ;; esac
  unified "$unit_path" "$unit_old" "$unit_new"
}

unit_apply() {
  unit_did=$reason
  if [ "$unit_absent" = 1 ]; then
    our_remove "$unit_path" || return
    [ "$unit_dropin" != 1 ] || rmdir "${unit_path%/*}" 2>/dev/null
    reason=removed
    systemd_reload
    return
  fi
  [ "$unit_dropin" != 1 ] || [ -d "${unit_path%/*}" ] || { mkdir "${unit_path%/*}" && chmod 755 "${unit_path%/*}"; } ||
    fail MW-CHANGE-FILE "${unit_path%/*} cannot be made" || return
  our_write "$unit_path" "$unit_new" "$unit_mode" && systemd_reload || return
  if [ -n "$unit_unit" ] && ! systemd_accepts "$unit_name" "$unit_unit" "$unit_path"; then
    unit_refused
    return
  fi
  case $unit_did in 'is missing') reason=created ;; *) reason="written: $unit_did" ;; esac
}

unit_refused() {
  unit_error="systemd does not accept $unit_path ($systemd_value); the old version is back"
  if unit_undo; then unchanged=1; else unit_error="systemd does not accept $unit_path ($systemd_value), and the old version cannot be put back"; fi
  fail MW-UNIT-INVALID "$unit_error"
}

unit_save() {
  save_path "$unit_path" && { [ "$unit_dropin" != 1 ] || [ -d "${unit_path%/*}" ] || true >"$saved/nodir"; }
}

unit_undo() {
  [ -e "$saved/absent" ] || [ -d "${unit_path%/*}" ] || mkdir "${unit_path%/*}" || fail '' "${unit_path%/*} cannot be made" || return
  restore_path || return
  [ ! -e "$saved/nodir" ] || rmdir "${unit_path%/*}" 2>/dev/null
  unit_did=$reason
  systemd_reload || return
  reason=$unit_did
}
