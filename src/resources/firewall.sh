# firewall: fact keys and digests of its file (firewall_rules_key, _sha) and unit (firewall_unit_key, _sha), fact keys of
# unit and table (firewall_unit firewall_table), firewall_ssh (the port we log in by) firewall_drops firewall_absent.
# $state/firewall is the table as nft listed it after we loaded it.

firewall_rules=/etc/millwright/firewall.nft
firewall_service=millwright-firewall.service

# same, other, or empty where there is no table of ours.
sweep_nft() {
  firewall_text=$(firewall_list) || firewall_text=
  if [ -z "$firewall_text" ]; then
    eval "f_nft_$1="
  elif [ -e "$state/firewall" ] && [ "$firewall_text" = "$(cat "$state/firewall")" ]; then
    eval "f_nft_$1=same"
  else
    eval "f_nft_$1=other"
  fi
}

firewall_list() {
  command -v nft >/dev/null && nft -s list table inet millwright 2>/dev/null
}

firewall_check() {
  systemd_runs || return 0
  eval "firewall_now=\$f_nft_$firewall_table firewall_stats=\$f_stat_$firewall_rules_key\$f_stat_$firewall_unit_key"
  if [ "$firewall_absent" = 1 ]; then
    [ -z "$firewall_now$firewall_stats" ] && verdict=ok reason=absent || verdict=differs reason='is here, must be absent'
    return
  fi
  our_judge "$firewall_rules" "$firewall_rules_key" "$firewall_rules_sha" 644 || return 0
  firewall_reason=${our_reason:+"rules: $our_reason"}
  our_judge "/etc/systemd/system/$firewall_service" "$firewall_unit_key" "$firewall_unit_sha" 644 || return 0
  firewall_reason=$firewall_reason${our_reason:+"${firewall_reason:+, }unit: $our_reason"}
  case $firewall_now in
    same) ;;
    '') firewall_reason="$firewall_reason${firewall_reason:+, }the table is not loaded" ;;
    *) firewall_reason="$firewall_reason${firewall_reason:+, }the table is not what was loaded" ;;
  esac
  systemd_get "$firewall_unit" UnitFileState
  [ "$systemd_value" = enabled ] || firewall_reason="$firewall_reason${firewall_reason:+, }not loaded at boot"
  [ -z "$firewall_reason" ] && verdict=ok reason='as wanted' || verdict=differs reason=$firewall_reason
}

firewall_apply() {
  firewall_did=$reason
  if [ "$firewall_absent" = 1 ]; then
    firewall_remove || return
    reason=removed
    return
  fi
  command -v nft >/dev/null || fail MW-FIREWALL-NFT 'nftables is not installed on this machine' || return
  firewall_our_way || return
  launch 60 our_session nft -c -f "$bundle_dir/files/$firewall_rules_sha"
  [ "$rc" = 0 ] || fail MW-FIREWALL-NFT "nft does not accept the rules (exit $rc); nothing was loaded" || return
  [ -d /etc/millwright ] || { mkdir /etc/millwright && chmod 755 /etc/millwright; } ||
    fail MW-CHANGE-FILE '/etc/millwright cannot be made' || return
  our_write "$firewall_rules" "$bundle_dir/files/$firewall_rules_sha" 644 &&
    our_write "/etc/systemd/system/$firewall_service" "$bundle_dir/files/$firewall_unit_sha" 644 &&
    systemd_reload && firewall_do enable && firewall_do restart || return
  firewall_text=$(firewall_list) && durable "$state/firewall" "$firewall_text" ||
    fail MW-FIREWALL-NFT 'the table that was loaded cannot be listed' || return
  case $firewall_did in 'rules: is missing'*) reason=loaded ;; *) reason="loaded anew: $firewall_did" ;; esac
}

# The dead-man timer would take it back; saying so at once costs nobody a minute.
firewall_our_way() {
  set -- ${SSH_CONNECTION:-}
  [ $# -lt 4 ] || [ "$firewall_drops" = 0 ] || [ "$4" = "$firewall_ssh" ] ||
    fail MW-FIREWALL-SSH "we came in by port $4, and only port $firewall_ssh would stay open for us"
}

firewall_do() {
  launch 120 our_session systemctl "$1" --quiet -- "$firewall_service"
  [ "$rc" = 0 ] || fail MW-FIREWALL-NFT "$firewall_service: $1 exited $rc"
}

# Whoever comes after a death may find any part of it gone.
firewall_remove() {
  [ ! -e "/etc/systemd/system/$firewall_service" ] ||
    launch 120 our_session systemctl disable --now --quiet -- "$firewall_service"
  our_remove "/etc/systemd/system/$firewall_service" && our_remove "$firewall_rules" && systemd_reload || return
  rmdir /etc/millwright 2>/dev/null
  rm -f "$state/firewall"
  [ -z "$(firewall_list)" ] || nft delete table inet millwright || fail MW-FIREWALL-NFT 'table inet millwright cannot be removed'
}

firewall_save() {
  firewall_list >"$saved/table"
  systemd_get "$firewall_unit" UnitFileState
  printf '%s\n' "${systemd_value:-none}" >"$saved/boot" &&
    save_part rules "$firewall_rules" && save_part unit "/etc/systemd/system/$firewall_service" && save_part listing "$state/firewall"
}

firewall_undo() {
  read -r firewall_boot <"$saved/boot"
  if [ -e "$saved/unit/absent" ]; then
    firewall_remove || return
  else
    restore_part unit && systemd_reload || return
    [ "$firewall_boot" != enabled ] || firewall_do enable || return
  fi
  [ -e "$saved/rules/absent" ] || [ -d /etc/millwright ] || mkdir -m 755 /etc/millwright || fail '' '/etc/millwright cannot be made' || return
  restore_part rules && restore_part listing && firewall_undo_table || return
  rmdir /etc/millwright 2>/dev/null
  reason='rules, unit and table are as before'
}

firewall_undo_table() {
  if [ ! -s "$saved/table" ]; then
    [ -z "$(firewall_list)" ] || nft delete table inet millwright || fail '' 'table inet millwright cannot be removed'
    return
  fi
  { printf '%s\n' 'table inet millwright' 'delete table inet millwright' && cat "$saved/table"; } >"$rt/table" &&
    nft -f "$rt/table" && rm -f "$rt/table" || fail '' 'the old table inet millwright cannot be loaded'
}
