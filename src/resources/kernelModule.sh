# kernelModule: module_name module_key module_file module_file_key module_text (of that file) module_absent.

# f_module_<key> is loaded, builtin or empty.
sweep_module() {
  while [ $# -gt 0 ]; do
    module_spell "$2"
    module_wanted=$module_spelt module_now=
    if [ -e "/sys/module/$module_wanted/initstate" ]; then
      module_now=loaded
    elif [ -d "/sys/module/$module_wanted" ] || module_is_builtin; then
      module_now=builtin
    fi
    eval "f_module_$1=\$module_now"
    shift 2
  done
}

# $module_spelt becomes name $1 as the kernel spells it: files of modules may have hyphens.
module_spell() {
  module_spelt=$1
  while :; do
    case $module_spelt in *-*) module_spelt=${module_spelt%%-*}_${module_spelt#*-} ;; *) return ;; esac
  done
}

module_is_builtin() {
  read -r module_release </proc/sys/kernel/osrelease
  [ -r "/lib/modules/$module_release/modules.builtin" ] || return
  while read -r module_line; do
    module_line=${module_line##*/}
    module_spell "${module_line%%.*}"
    [ "$module_spelt" != "$module_wanted" ] || return 0
  done <"/lib/modules/$module_release/modules.builtin"
  return 1
}

module_look() {
  eval "module_now=\$f_module_$module_key module_file_now=\$f_whole_$module_file_key"
}

kernelModule_check() {
  module_look
  case $module_absent$module_now in
    0) verdict=differs reason='not loaded' ;;
    0*) verdict=ok reason=$module_now ;;
    1loaded) verdict=differs reason='is loaded, must be absent' ;;
    1builtin) refuse MW-CHANGE-MODULE "$module_name is part of this kernel and cannot be absent" ;;
    1) verdict=ok reason='not loaded' ;;
  esac
  [ "$verdict" = ok ] && [ "$module_file_now" != "=$module_text" ] || return 0
  verdict=differs reason="$reason, but $module_file does not say so for the next boot"
}

kernelModule_apply() {
  kernelModule_switch "$module_absent" || return
  mkdir -p "${module_file%/*}" && put_text "$module_file" "$module_text" ||
    fail MW-CHANGE-MODULE "$module_file cannot be written" || return
  [ "$module_absent" = 1 ] && reason='not loaded, and not at boot' || reason='loaded, and at boot'
}

# Unloads it if $1 is 1, else loads it.
kernelModule_switch() {
  if [ "$1" = 1 ]; then
    launch 60 in_session modprobe -r "$module_name"
  else
    launch 60 in_session modprobe "$module_name"
  fi
  [ "$rc" = 0 ] || {
    [ "$1" = 1 ] && module_word=unloaded || module_word=loaded
    fail MW-CHANGE-MODULE "$module_name cannot be $module_word: modprobe exited $rc"
  }
}

kernelModule_save() {
  eval "printf '%s\\n' \"\$f_module_$module_key\" >\"\$saved/was\"" && save_path "$module_file"
}

kernelModule_undo() {
  IFS= read -r module_was <"$saved/was"
  sweep_module "$module_key" "$module_name"
  module_look
  if [ "$module_was" = "$module_now" ]; then
    restore_path || return
    reason="${module_was:-not loaded}, as before"
    return
  fi
  if [ -n "$module_was" ]; then
    # The file that comes back may keep it out: somebody had loaded it in spite of that.
    rm -f -- "$module_file"
    kernelModule_switch 0
  else
    kernelModule_switch 1
  fi
  module_rc=$? module_code=$code module_reason=$reason
  restore_path || return
  [ "$module_rc" = 0 ] || { code=$module_code reason=$module_reason && return 1; }
  reason="${module_was:-not loaded} again"
}
