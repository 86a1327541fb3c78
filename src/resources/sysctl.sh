# sysctl: sysctl_path (below /proc/sys) sysctl_key sysctl_file sysctl_file_key sysctl_value (single blanks) sysctl_text.

# f_sysctl_<key> is `=` and the first line. The kernel gives such a value in one read only, which no builtin does.
sweep_sysctl() {
  sysctl_words='' sysctl_pairs="$*"
  for sysctl_word in "$@"; do
    case $sysctl_word in /*) sysctl_words="$sysctl_words '$sysctl_word'" ;; esac
  done
  # With /dev/null there are always two files, whose names grep prints.
  sysctl_lines=$(eval "grep -s -m 1 '' /dev/null $sysctl_words")
  set -- $sysctl_pairs
  while [ $# -gt 0 ]; do
    eval "f_sysctl_$1="
    case $nl$sysctl_lines in
      *"$nl$2:"*)
        sysctl_line=$nl$sysctl_lines
        sysctl_line=${sysctl_line#*"$nl$2:"}
        eval "f_sysctl_$1==\${sysctl_line%%\"\$nl\"*}"
        ;;
    esac
    shift 2
  done
}

sysctl_check() {
  eval "sysctl_live=\$f_sysctl_$sysctl_key sysctl_now=\$f_whole_$sysctl_file_key"
  if [ -z "$sysctl_live" ]; then
    verdict=differs reason="this kernel has no $sysctl_path now"
    return
  fi
  # Several values stand between tabs.
  set -- ${sysctl_live#=}
  sysctl_live="$*"
  verdict=ok reason="is $sysctl_live"
  if [ "$sysctl_live" != "$sysctl_value" ]; then
    verdict=differs reason="is $sysctl_live, wanted $sysctl_value"
  elif [ "$sysctl_now" != "=$sysctl_text" ]; then
    verdict=differs reason="is $sysctl_live, but $sysctl_file does not say so for the next boot"
  fi
}

sysctl_apply() {
  [ -e "$sysctl_path" ] ||
    fail MW-CHANGE-SYSCTL "$sysctl_path does not exist: no such parameter, or its module is not loaded" || return
  sysctl_set "$sysctl_value" || fail MW-CHANGE-SYSCTL "the kernel does not take $sysctl_value for $sysctl_path" || return
  sweep_sysctl "$sysctl_key" "$sysctl_path"
  eval "set -- \${f_sysctl_$sysctl_key#=}"
  [ "$*" = "$sysctl_value" ] || fail MW-CHANGE-SYSCTL "the kernel made $* of $sysctl_value for $sysctl_path" || return
  mkdir -p "${sysctl_file%/*}" && put_text "$sysctl_file" "$sysctl_text" ||
    fail MW-CHANGE-SYSCTL "$sysctl_file cannot be written" || return
  reason="is $sysctl_value"
}

sysctl_set() {
  printf '%s\n' "$1" >"$sysctl_path"
}

sysctl_save() {
  eval "printf '%s\\n' \"\$f_sysctl_$sysctl_key\" >\"\$saved/live\"" && save_path "$sysctl_file"
}

sysctl_undo() {
  restore_path || return
  IFS= read -r sysctl_was <"$saved/live"
  [ -n "$sysctl_was" ] && [ -e "$sysctl_path" ] || return 0
  sysctl_set "${sysctl_was#=}" || fail '' "the kernel does not take ${sysctl_was#=} back for $sysctl_path" || return
  reason="is ${sysctl_was#=} again"
}
