# command: command_run command_as command_dir command_unless command_onlyif command_creates command_once
# command_always command_timeout (seconds) command_stdin (digest of standard input); command_env (a function) exports the
# variables. command_parts is 1 where slots are in standard input: `content` then prints it.
command_lean=1

command_check() {
  verdict=differs
  shell_env=command_env
  if [ -n "$command_creates" ] && [ -e "$command_creates" ]; then
    verdict=ok reason="$command_creates exists"
    return
  fi
  if [ "$command_once" = 1 ] && command_ran_once; then
    verdict=ok reason='ran once already, with the same inputs'
    return
  fi
  if [ -n "$command_onlyif" ]; then
    command_guard "$command_onlyif" || return
    [ "$rc" = 0 ] || { verdict=ok reason='onlyIf does not hold' && return; }
  fi
  if [ -n "$command_unless" ]; then
    command_guard "$command_unless" || return
    [ "$rc" != 0 ] || { verdict=ok reason='unless holds' && return; }
  fi
  command_why
  if [ "$command_always" = 1 ] && [ "$purpose" = check ]; then
    verdict=skipped reason='runs on every apply'
  fi
}

command_why() {
  reason='onlyIf holds'
  [ -z "$command_creates" ] || reason="$command_creates does not exist"
  [ -z "$command_unless" ] || reason='unless does not hold'
  [ "$command_once" != 1 ] || reason='has not run with these inputs'
  [ "$command_always" != 1 ] || reason='runs always'
}

# What a guard prints is of no interest unless it hangs.
command_guard() {
  shell_as "$command_as" "$1" "$command_timeout" "$command_dir"
  if [ "$rc" = 124 ]; then
    refuse MW-CHANGE-COMMAND "\`$1\` did not end within $command_timeout s"
    return 1
  fi
  true >"$rt/out"
}

command_ran_once() {
  command_marker=
  { IFS= read -r command_marker <"$state/once/$hash"; } 2>/dev/null
  [ "$command_marker" = "$instance$prints" ]
}

command_apply() {
  settle || fail MW-MACHINE-STATE "that it began cannot be written to $state first, so it was not done" || return
  shell_env=command_env
  input=${command_stdin:+$bundle_dir/files/$command_stdin}
  if [ "$command_parts" = 1 ]; then
    input=$rt/slots/:stdin
    content >"$input" || fail MW-CHANGE-COMMAND 'its standard input cannot be written' || return
  fi
  shell_as "$command_as" "$command_run" "$command_timeout" "$command_dir"
  input=
  if [ "$rc" = 124 ]; then
    fail MW-STEP-TIMEOUT "did not end within $command_timeout s"
    return
  fi
  [ "$rc" = 0 ] || fail MW-CHANGE-COMMAND "exited $rc" || return
  if [ -n "$command_creates" ] && [ ! -e "$command_creates" ]; then
    fail MW-CHANGE-COMMAND "exited 0, but $command_creates does not exist"
    return
  fi
  [ "$command_once" != 1 ] || durable "$state/once/$hash" "$instance$prints" ||
    fail MW-CHANGE-COMMAND 'ran, but that it did cannot be written down' || return
  reason='exited 0'
}

# Nobody knows what it did: a rollback says so before it takes anything back.
command_save() {
  :
}

command_undo() {
  fail '' 'nobody knows what it did'
}
