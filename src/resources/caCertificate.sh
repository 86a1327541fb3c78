# caCertificate: ca_debian ca_redhat (where either family keeps it) ca_debian_key ca_redhat_key ca_link_key ca_content
# ca_absent.

# $ca_file, $ca_now and $ca_program become those of this machine. False: it has neither program.
ca_family() {
  if command -v update-ca-certificates >/dev/null; then
    eval "ca_file=\$ca_debian ca_now=\$f_whole_$ca_debian_key"
    ca_program=update-ca-certificates
  elif command -v update-ca-trust >/dev/null; then
    eval "ca_file=\$ca_redhat ca_now=\$f_whole_$ca_redhat_key"
    ca_program=update-ca-trust
  else
    return 1
  fi
}

caCertificate_check() {
  if ! ca_family; then
    verdict=differs reason='neither update-ca-certificates nor update-ca-trust is here'
    return
  fi
  case $ca_absent$ca_now in
    1) verdict=ok reason='not trusted' ;;
    1*) verdict=differs reason='is trusted, must not be' ;;
    0) verdict=differs reason='is not trusted' ;;
    "0=$ca_content") verdict=ok reason='is trusted' ;;
    *) verdict=differs reason='another certificate of this name is trusted' ;;
  esac
  ! ca_outdated || [ "$verdict" != ok ] ||
    verdict=differs reason="$ca_file is as wanted, but $ca_program has not read it"
}

# True if a run died before the program had done its work.
ca_outdated() {
  if [ "$ca_program" = update-ca-trust ]; then
    [ "$ca_absent" = 0 ] && [ "$ca_file" -nt /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem ]
    return
  fi
  eval "case \$ca_absent\$f_stat_$ca_link_key in 0 | 1?*) return 0 ;; *) return 1 ;; esac"
}

caCertificate_apply() {
  ca_family || fail MW-CHANGE-CERTIFICATE 'neither update-ca-certificates nor update-ca-trust is on this machine' || return
  if [ "$ca_absent" = 1 ]; then
    rm -f -- "$ca_file"
  else
    (umask 022 && mkdir -p "${ca_file%/*}") && put_text "$ca_file" "$ca_content"
  fi || fail MW-CHANGE-CERTIFICATE "$ca_file cannot be written" || return
  ca_update || return
  [ "$ca_absent" = 1 ] && reason='not trusted any more' || reason='is trusted'
}

ca_update() {
  launch 300 ca_session "$ca_program"
  [ "$rc" = 0 ] || fail MW-CHANGE-CERTIFICATE "$ca_program exited $rc"
}

# What it makes is for everybody to read.
ca_session() {
  umask 022
  in_session "$@"
}

caCertificate_save() {
  ca_family && save_path "$ca_file" || save_path "$ca_debian"
}

caCertificate_undo() {
  restore_path || return
  ca_reason=$reason
  ! ca_family || ca_update || return
  reason=$ca_reason
}
