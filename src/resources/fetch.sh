# Fetching: what a machine gets from a URL, known by its digest.

# $fetched becomes the path of what URL $1 gives, whose sha256 must be $2 or whose sha512 $3. The caller removes it.
fetch() {
  fetched=$state/fetched.$number
  rm -f "$fetched"
  fetch_url=$1
  if ! command -v curl >/dev/null && ! command -v wget >/dev/null; then
    fail MW-CHANGE-NOTOOL 'neither curl nor wget is installed, so nothing can be fetched'
    return
  fi
  launch "${step_limit:-600}" fetch_session
  case $rc in
    0) ;;
    124) fail MW-CHANGE-DOWNLOAD "$fetch_url did not come within ${step_limit:-600} s" || return ;;
    *) fail MW-CHANGE-DOWNLOAD "$fetch_url cannot be fetched: ${fetch_tool:-the program} exited $rc" || return ;;
  esac
  [ -z "$cancelled" ] || return
  fetch_proves "$2" "$3"
}

fetch_session() {
  if command -v curl >/dev/null; then
    in_session curl -q -fsSL --proto '=http,https' --connect-timeout 30 -o "$fetched" -- "$fetch_url"
  fi
  in_session wget -q -O "$fetched" -- "$fetch_url"
}

fetch_proves() {
  if [ -n "$1" ]; then
    fetch_sum=$(sha256sum "$fetched")
  else
    fetch_sum=$(sha512sum "$fetched")
  fi
  fetch_sum=${fetch_sum%% *}
  [ "${fetch_sum#\\}" != "$1$2" ] || return 0
  fail MW-CHANGE-DOWNLOAD "$fetch_url gave other content than was meant: its digest is ${fetch_sum#\\}, wanted $1$2"
  rm -f "$fetched"
  return 1
}
