# Verified bundles: $state/verified has a line `BUNDLE BYTES CHANGE` for each, the newest first, at most two.

load_verified() {
  verified_first='' verified_second=
  { IFS= read -r verified_first && IFS= read -r verified_second; } 2>/dev/null <"$state/verified"
}

# `verified --bundle B --bytes D --change C`: verification of B passed. No-op if it is the first already.
verified() {
  bundle='' bytes='' change=
  while [ $# -gt 0 ]; do
    case $1 in
      --bundle) bundle=$2 && shift ;;
      --bytes) bytes=$2 && shift ;;
      --change) change=$2 && shift ;;
      *) usage "option $1" ;;
    esac
    shift
  done
  check_plain "$bundle" "$bytes" "$change"
  read_head
  # Somebody who comes late: the machine was admitted to another bundle since.
  case $head_bundle in '' | "$bundle") ;; *) cancel_answer "\"verified\":\"refused\",\"head\":$head_json" 10 ;; esac
  verified_note
  cancel_answer '"verified":"noted"' 0
}

verified_note() {
  load_verified
  [ "$verified_first" != "$bundle $bytes $change" ] || return 0
  # The way back leads to another bundle, not to the same one once more.
  [ "${verified_first%% *}" = "$bundle" ] || verified_second=$verified_first
  { { [ -d "$state" ] || mkdir -p "$state"; } && durable "$state/verified" "$bundle $bytes $change${verified_second:+$nl$verified_second}"; } 2>/dev/null ||
    cancel_answer '"verified":"failed"' 15
}

# $verified_json becomes the list as `status` prints it.
verified_status() {
  load_verified
  verified_json=
  IFS=$nl
  for verified_line in $verified_first $verified_second; do
    IFS=" $tab$nl"
    set -- $verified_line
    verified_json="$verified_json,{\"bundle\":\"$1\",\"bytes\":\"$2\",\"change\":\"$3\"}"
  done
  IFS=" $tab$nl"
  verified_json=[${verified_json#,}]
}
