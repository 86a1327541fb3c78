# Holds: somebody keeps runs off this machine, as a rule with an end. $state/hold has two lines: `EPOCH|none WHO` and why.
# Who debugs on the machine itself says so with `millwright-hold`, which every accepted run sees to.

# True if the machine is held: $hold_until (seconds since 1970, or none), $hold_by and $hold_reason say how. A hold whose
# end has passed is taken away.
held() {
  hold_until=none hold_by='' hold_reason=
  [ -e "$state/hold" ] || return
  if ! { { IFS=' ' read -r hold_until hold_by && IFS= read -r hold_reason; } <"$state/hold"; } 2>/dev/null; then
    # Put there by hand.
    hold_reason="$hold_until${hold_by:+ }$hold_by" hold_until=none hold_by=
  fi
  case $hold_until in '' | *[!0-9]*) hold_until=none && return ;; esac
  [ "$(date +%s)" -ge "$hold_until" ] || return 0
  hold_void
  return 1
}

# Somebody may put a new hold in the place of the old one at this very moment.
hold_void() {
  mv -f "$state/hold" "$state/hold.$$" 2>/dev/null || return 0
  hold_again=
  read -r hold_again _ <"$state/hold.$$"
  if [ "$hold_again" = "$hold_until" ]; then rm -f "$state/hold.$$"; else mv -f "$state/hold.$$" "$state/hold"; fi
}

# $hold_end becomes the end in RFC 3339, empty if there is none.
hold_end() {
  hold_end=
  [ "$hold_until" = none ] || hold_end=$(date -u -d "@$hold_until" +%Y-%m-%dT%H:%M:%SZ)
}

# $hold_json becomes what `status` says of the hold.
hold_status() {
  hold_json=null
  held || return 0
  hold_end
  json "${hold_reason:-no reason given}"
  hold_json="{\"reason\":$json"
  json "$hold_by"
  [ -z "$hold_by" ] || hold_json="$hold_json,\"by\":$json"
  hold_json="$hold_json${hold_end:+,\"until\":\"$hold_end\"}}"
}

# $hold_text becomes the hold in a line for people.
hold_text() {
  hold_end
  hold_text="${hold_reason:-no reason given} (${hold_by:+by $hold_by }until ${hold_end:-it is released})"
}

# `hold --until EPOCH|none --by WHO -- REASON`
hold() {
  hold_until=none hold_by=
  while [ $# -gt 0 ]; do
    case $1 in
      --until) hold_until=$2 && shift ;;
      --by) hold_by=$2 && shift ;;
      --) shift && break ;;
      *) break ;;
    esac
    shift
  done
  hold_reason=$*
  case $hold_until in none) ;; '' | *[!0-9]*) usage "time '$hold_until'" ;; esac
  [ -n "$hold_reason" ] || usage 'a hold without a reason'
  hold_put
}

hold_put() {
  # One line each, whatever somebody typed.
  hold_by=$(printf %s "$hold_by" | tr '[:space:][:cntrl:]' _)
  hold_reason=$(printf %s "$hold_reason" | tr '[:cntrl:]' ' ')
  mkdir -p "$state" && durable "$state/hold" "$hold_until $hold_by$nl$hold_reason"
}

release() {
  rm -f "$state/hold" && { [ ! -d "$state" ] || sync "$state"; }
}

# What `millwright-hold` is asked: `DURATION WHY`, `release`, or nothing, which shows.
hold_inside() {
  case $#:$1 in
    0:) ;;
    1:release) release || hold_refuse "$state/hold cannot be removed" ;;
    *:release) hold_refuse 'release takes no more words' ;;
    *) hold_for "$@" ;;
  esac
  if ! held; then
    echo 'not held: runs may come'
    return
  fi
  hold_text
  printf 'held: %s\n' "$hold_text"
}

hold_for() {
  hold_count=${1%?}
  case $1 in
    *m) hold_unit=60 ;;
    *h) hold_unit=3600 ;;
    *d) hold_unit=86400 ;;
    *) hold_count= ;;
  esac
  case $hold_count in '' | 0* | *[!0-9]* | ?????*) hold_refuse "'$1' is no duration such as 30m, 2h or 1d" ;; esac
  hold_until=$(($(date +%s) + hold_count * hold_unit))
  shift
  hold_reason=$*
  [ -n "$hold_reason" ] || hold_refuse 'say why: millwright-hold 2h "why"'
  hold_by=${SUDO_USER:-$(logname 2>/dev/null || id -un)}
  hold_put || hold_refuse "$state/hold cannot be written"
}

hold_refuse() {
  printf 'millwright-hold: %s\nTry millwright-hold --help.\n' "$1" >&2
  exit 2
}

# Sees to it that `millwright-hold` is on this machine; nobody needs it for the run.
offer_hold() {
  offer_path=/usr/local/bin/millwright-hold
  offer_mark=
  { read -r _ && read -r offer_mark; } 2>/dev/null <"$offer_path"
  [ "$offer_mark" != '# millwright-hold 1' ] || return 0
  [ -d "${offer_path%/*}" ] || return 0
  {
    hold_program >"$offer_path.$$" && chmod 755 "$offer_path.$$" && mv -f "$offer_path.$$" "$offer_path" ||
      rm -f "$offer_path.$$"
  } 2>/dev/null
}

# Takes `millwright-hold` from this machine, if it is ours.
withdraw_hold() {
  offer_mark=
  { read -r _ && read -r offer_mark; } 2>/dev/null </usr/local/bin/millwright-hold
  case $offer_mark in '# millwright-hold '*) rm -f /usr/local/bin/millwright-hold ;; esac
}

hold_program() {
  cat <<'program'
#!/bin/sh
# millwright-hold 1
case $1 in
  -h | --help)
    cat <<'help'
Keeps Millwright's runs off this machine while somebody works on it by hand.

  millwright-hold 2h "why"    hold it for 30m, 2h or 1d
  millwright-hold             show whether it is held, by whom and until when
  millwright-hold release     let runs come again

A run that is at work is not disturbed. When its time is over, a hold ends by itself.
help
    exit 0
    ;;
esac
if [ "$(id -u)" != 0 ]; then
  echo "millwright-hold: only root may do that: sudo millwright-hold $*" >&2
  exit 2
fi
runner=$(ls -t /var/lib/millwright/runner/*.sh 2>/dev/null | head -n 1)
if [ -z "$runner" ]; then
  echo 'millwright-hold: Millwright has not been on this machine: there is no runner in /var/lib/millwright/runner' >&2
  exit 2
fi
exec sh "$runner" hold-inside "$@"
program
}
