# What nobody will ask for again is removed when a run that was admitted begins: Millwright never fills a disk. Each way to
# go back keeps what it needs.

# $listed becomes the names in folder $1 that begin with $2. All of them are ours, without blanks.
list() {
  listed=
  set +f
  for list_path in "$1/$2"*; do
    [ ! -e "$list_path" ] || listed="$listed ${list_path##*/}"
  done
  set -f
}

collect() {
  collect_claims
  collect_runs
  collect_preimages
  collect_bundles
  collect_runners
}

# Claims on holders of the lock before this one say nothing any more.
collect_claims() {
  set +f
  set -- "$volatile"/claim.*
  [ $# -lt 20 ] || rm -f "$volatile"/claim.*
  set -f
}

# Keeps the last forty runs.
collect_runs() {
  list "$state/runs" ''
  set -- $listed
  [ $# -gt 60 ] || return 0
  ls -t "$state/runs" | tail -n +41 | while IFS= read -r old; do
    [ "$old" = "$run_key" ] || rm -rf "$state/runs/$old" "$volatile/runs/$old"
  done
}

# Keeps what this change, the one that it takes back and the two before it replaced; these two only while all of it is
# below 256 MiB. Their age is the generation: clocks of machines may be wrong.
collect_preimages() {
  list "$state/preimages" ''
  set -- $listed
  [ $# -gt 1 ] || return 0
  collect_changes=" ${run%%/*} $undo_change "
  collect_left=2
  collect_size=$(du -sk "$state/preimages")
  [ "${collect_size%%[!0-9]*}" -le 262144 ] || collect_left=0
  [ $# -gt 3 ] || [ "$collect_left" = 0 ] || return 0
  for collect_run in "$@"; do
    collect_age=0
    { read -r collect_age <"$state/preimages/$collect_run/generation"; } 2>/dev/null
    printf '%s\n' "$collect_age $collect_run"
  done | sort -rn | while read -r _ collect_run; do
    case $collect_changes in *" ${collect_run%%+*} "*) continue ;; esac
    if [ "$collect_left" -gt 0 ]; then
      collect_left=$((collect_left - 1)) collect_changes="$collect_changes${collect_run%%+*} "
    else
      rm -rf "$state/preimages/$collect_run"
    fi
  done
}

# Keeps the bundles of this run and of the one before it, the one that is taken back, and those verified.
collect_bundles() {
  collect_before=unknown
  { read -r collect_before <"$keep/before"; } 2>/dev/null
  [ "$collect_before" != unknown ] || return 0
  load_verified
  set -- $verified_first - - -
  collect_keep=" $bytes $undo_bytes $collect_before $2 "
  set -- $verified_second - -
  collect_keep="$collect_keep$2 "
  collect_from "$state/bundles"
  looks_alive || collect_from "$volatile/bundles"
}

collect_from() {
  collect_gone=
  list "$1" ''
  for collect_name in $listed; do
    case $collect_name in
      # An upload, perhaps at work.
      *.mw-*) ! kill -0 "${collect_name##*.mw-}" 2>/dev/null || continue ;;
      *) case $collect_keep in *" ${collect_name%.tar} "*) continue ;; esac ;;
    esac
    collect_gone="$collect_gone $1/$collect_name"
  done
  [ -z "$collect_gone" ] || rm -rf $collect_gone
}

# True if a check or verification is at work: it reads an unpacked bundle and has no lock.
looks_alive() {
  list "$volatile/runs" ''
  for look in $listed; do
    case ${look##*.} in "$look" | *[!0-9]*) continue ;; esac
    ! kill -0 "${look##*.}" 2>/dev/null || return 0
  done
  return 1
}

# Keeps this runner and the two that came last.
collect_runners() {
  list "$state/runner" ''
  set -- $listed
  [ $# -gt 3 ] || return 0
  ls -t "$state/runner" | tail -n +4 | while IFS= read -r old; do
    [ "$old" = "${self##*/}" ] || rm -f "$state/runner/$old"
  done
}
