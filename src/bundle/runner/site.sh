# Steps that the site carries out over a connection of its own, while the run waits here. `needs-site` in the journal asks
# for it, under a token that is good for this one wait; `site` brings what came of it. The run keeps the machine meanwhile.

# Asks the site to do the current step within $1 seconds; $2 says what. $site_state becomes ok, changed, failed or left
# (nobody brought anything); $reason, $code and $rc are set, output is in $rt/out, tasks are in the journal.
site_ask() {
  site_state=left
  started_at "$$"
  site_token=$$.$start_time.$at
  site_box=$volatile/site/$site_token
  site_sweep ''
  site_make 2>>"$rt/out" || {
    code=MW-MACHINE-STATE reason="$volatile cannot be written"
    return
  }
  site_more=$more more=",\"token\":\"$site_token\",\"hash\":\"$hash\""
  emit_step needs-site "$2"
  more=$site_more
  site_wait "$1"
  site_sweep "$site_token"
  [ ! -e "$site_box/answer" ] || site_read "$site_box/answer"
  rm -rf "$site_box"
}

# Ends with an answer, or with $code and $reason.
site_wait() {
  now
  # Whoever runs it has the same limit, and some time to say that it is over.
  site_due=$((clock + ($1 + 120) * 1000))
  site_parent
  site_began=$parent
  while [ ! -e "$site_box/answer" ]; do
    if [ -n "$cancelled" ]; then
      code=MW-RUN-CANCELLED reason='cancelled while the site did it'
      return
    elif [ -n "$keep" ] && [ -e "$rt/stop" ]; then
      code=MW-RUN-STOPPED reason='stopped while the site did it' cut_short=1
      return
    elif [ -z "$keep" ] && site_parent && [ "$parent" != "$site_began" ]; then
      # Whoever asked for this look is gone.
      rm -rf "$rt" "$site_box"
      exit 1
    fi
    now
    if [ "$clock" -ge "$site_due" ]; then
      code=MW-RUN-NOSITE reason='nobody at the site said what came of it'
      return
    fi
    sleep 0.2 2>/dev/null || sleep 1
  done
}

# $parent becomes the parent of this process.
site_parent() {
  { read -r parent_stat <"/proc/$$/stat"; } 2>/dev/null
  parent_stat=${parent_stat##*) }
  parent_stat=${parent_stat#* }
  parent=${parent_stat%% *}
}

# Reads file $1: lines of fields between tabs, `-` for an empty one: `task STATE PLACE NAME REASON`, `verdict STATE CODE EXIT
# REASON`, `output TEXT`.
site_read() {
  while IFS=$tab read -r site_word site_one site_two site_three site_four; do
    case $site_word in
      task) site_task ;;
      output) printf '%s\n' "$site_one" >>"$rt/out" ;;
      verdict)
        site_state=$site_one code=${site_two#-} rc=${site_three#-} reason=$site_four
        ;;
    esac
  done <"$1"
  mask "$reason"
  reason=$masked
}

# A task of a playbook, or a resource of a manifest, as a line of the journal.
site_task() {
  mask "$site_three"
  json "$masked"
  site_name=$json
  json "${site_two#-}"
  site_place=$json
  mask "${site_four#-}"
  site_more=$more more=",\"task\":$site_name,\"result\":\"$site_one\",\"at\":$site_place"
  emit_step task "$masked"
  more=$site_more
}

# The box in which the answer will lie, and a folder for what the site puts on this machine, whoever it logs in as.
site_make() {
  mkdir -p "$site_box" "$site_temp" && rm -f "$site_box/answer" &&
    mkdir "$site_temp/$site_token" && chmod 711 "$site_temp" && chmod 1777 "$site_temp/$site_token"
}

site_temp=/run/millwright-ansible

# Ends and removes what playbooks left at work on this machine: that of token $1, and those that nobody waits for any more.
site_sweep() {
  list "$site_temp" ''
  for site_left in $listed; do
    started_at "${site_left%%.*}"
    site_start=${site_left#*.}
    [ "$start_time" != "${site_start%%.*}" ] || [ "$site_left" = "$1" ] || continue
    set +f
    for site_pid in $(grep -ls "$site_temp/$site_left/" /proc/[0-9]*/cmdline); do
      site_pid=${site_pid#/proc/}
      kill -KILL "${site_pid%%/*}" 2>/dev/null
    done
    set -f
    rm -rf "$site_temp/$site_left"
  done
}

# Of an act that found nothing to do: it owes nothing, and there is nothing of it to take back.
acted_in_vain() {
  owe_as_before
  unsave_step
  step_ended ok
}

# `site --run ID --token TOKEN`: with nothing on standard input says whether somebody waits; else brings the answer.
site() {
  run_options "$@"
  case $token in '' | *[!0-9.]*) usage "token '$token'" ;; esac
  site_pid=${token%%.*} site_start=${token#*.}
  started_at "$site_pid"
  site_box=$volatile/site/$token
  [ -d "$site_box" ] && [ ! -e "$site_box/answer" ] && [ "$start_time" = "${site_start%%.*}" ] || cancel_answer '"site":"nobody"' 23
  cat >"$site_box/new.$$"
  [ -s "$site_box/new.$$" ] || { rm -f "$site_box/new.$$" && cancel_answer '"site":"waits"' 0; }
  # A connection that was cut half-way.
  [ "$(tail -n 1 "$site_box/new.$$")" = end ] || { rm -f "$site_box/new.$$" && cancel_answer '"site":"cut"' 15; }
  mv "$site_box/new.$$" "$site_box/answer" || cancel_answer '"site":"nobody"' 23
  cancel_answer '"site":"told"' 0
}
