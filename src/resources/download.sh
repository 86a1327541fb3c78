# download: download_url download_sha256 download_sha512, one of them empty, and the variables of `file`.
download_lean=1

sweep_sha512() {
  while [ $# -gt 0 ]; do
    download_swept=
    [ ! -f "$2" ] || download_swept=$(sha512sum <"$2")
    eval "f_sha512_$1=\${download_swept%% *}"
    shift 2
  done
}

download_check() {
  [ -z "$download_sha512" ] || eval "f_sha256_$file_key=\$f_sha512_$file_key"
  file_sha=$download_sha256$download_sha512
  file_check
  file_new=
}

download_apply() {
  eval "download_now=\${f_sha256_$file_key%% *}"
  if [ "$download_now" = "$file_sha" ]; then
    # Only the owner or the mode differs.
    file_new=$file_path
    download_attributes
    return
  fi
  [ -d "${file_path%/*}/" ] || fail MW-CHANGE-NODIR "the directory ${file_path%/*} does not exist" || return
  fetch "$download_url" "$download_sha256" "$download_sha512" || return
  file_new=$fetched
  file_apply
  download_rc=$?
  rm -f "$fetched"
  return "$download_rc"
}

download_attributes() {
  file_find
  file_known_owner && settle || return
  { [ -z "$file_owner" ] || chown -- "$file_owner" "$file_real"; } && { [ -z "$file_mode" ] || chmod -- "$file_mode" "$file_real"; } ||
    fail MW-CHANGE-FILE "owner or mode of $file_real cannot be set" || return
  reason="changed: $reason"
}

download_save() {
  file_save
}

download_undo() {
  file_undo
}
