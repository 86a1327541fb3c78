# locale: locale_name locale_listed (as `locale -a` has it) locale_source locale_key locale_gen_key locale_default_key
# locale_conf_key locale_is_default.

# f_locale_<key> is here, missing, or empty where the machine knows no locales.
sweep_locale() {
  locale_all=
  ! command -v locale >/dev/null || locale_all=$(locale -a 2>/dev/null)
  while [ $# -gt 0 ]; do
    case $nl$locale_all$nl in
      "$nl$nl") locale_found= ;;
      *"$nl$2$nl"* | *"$nl${2%%.utf8*}.UTF-8${2##*.utf8}$nl"*) locale_found=here ;;
      *) locale_found=missing ;;
    esac
    eval "f_locale_$1=\$locale_found"
    shift 2
  done
}

locale_check() {
  eval "locale_found=\$f_locale_$locale_key"
  locale_lang
  verdict=ok reason='is here'
  case $locale_found in
    here) ;;
    missing) verdict=differs reason='is not generated' ;;
    *) verdict=differs reason='this machine has no program that lists locales' ;;
  esac
  if [ "$locale_is_default" = 1 ] && [ "$locale_now" != "$locale_name" ]; then
    [ "$verdict" = differs ] && reason="$reason, " || reason=
    verdict=differs reason="${reason}LANG is ${locale_now:-not set}, wanted $locale_name"
  elif [ "$verdict" = ok ] && [ "$locale_is_default" = 1 ]; then
    reason='is LANG'
  fi
}

# $locale_file becomes the file that sets LANG here, $locale_text its text, $locale_now what it says.
locale_lang() {
  eval "locale_gen=\$f_whole_$locale_gen_key locale_text=\$f_whole_$locale_default_key"
  locale_file=/etc/default/locale
  if [ -z "$locale_text$locale_gen" ]; then
    locale_file=/etc/locale.conf
    eval "locale_text=\$f_whole_$locale_conf_key"
  fi
  locale_now=
  case $nl${locale_text#=} in
    *"${nl}LANG="*)
      locale_now=$nl${locale_text#=}
      locale_now=${locale_now#*"${nl}LANG="}
      locale_now=${locale_now%%"$nl"*}
      locale_now=${locale_now#[\"\']}
      locale_now=${locale_now%[\"\']}
      ;;
  esac
}

locale_apply() {
  [ "$locale_found" = here ] || locale_generate || return
  [ "$locale_is_default" = 0 ] || [ "$locale_now" = "$locale_name" ] || locale_set || return
  facts
  sweep
  locale_check
  [ "$verdict" = ok ] || fail MW-CHANGE-LOCALE "all that this machine has for it was done, but: $reason"
}

locale_generate() {
  if command -v locale-gen >/dev/null && [ -n "$locale_gen" ]; then
    locale_list
    put_text /etc/locale.gen "$locale_wanted" || fail MW-CHANGE-LOCALE '/etc/locale.gen cannot be written' || return
    locale_program locale-gen
  elif command -v localedef >/dev/null; then
    locale_program localedef -i "$locale_source" -f UTF-8 "$locale_name"
  else
    fail MW-CHANGE-LOCALE 'neither locale-gen nor localedef is here: install the package locales'
  fi
}

# $locale_wanted becomes /etc/locale.gen with the locale in it.
locale_list() {
  locale_entry="$locale_name UTF-8" locale_wanted='' locale_listed_now=
  locale_rest=${locale_gen#=}
  while [ -n "$locale_rest" ]; do
    locale_line=${locale_rest%%"$nl"*}
    case $locale_rest in *"$nl"*) locale_rest=${locale_rest#*"$nl"} ;; *) locale_rest= ;; esac
    case $locale_line in "# $locale_entry"* | "#$locale_entry"* | "$locale_entry"*) locale_line=$locale_entry locale_listed_now=1 ;; esac
    locale_wanted=$locale_wanted$locale_line$nl
  done
  [ -n "$locale_listed_now" ] || locale_wanted=$locale_wanted$locale_entry$nl
}

locale_program() {
  launch 900 locale_session "$@"
  [ "$rc" = 0 ] || fail MW-CHANGE-LOCALE "$* exited $rc"
}

locale_session() {
  umask 022
  in_session "$@"
}

# LANG alone; what else is set there stays.
locale_set() {
  locale_rest=${locale_text#=} locale_wanted= locale_was_set=
  while [ -n "$locale_rest" ]; do
    locale_line=${locale_rest%%"$nl"*}
    case $locale_rest in *"$nl"*) locale_rest=${locale_rest#*"$nl"} ;; *) locale_rest= ;; esac
    case $locale_line in LANG=*) locale_line="LANG=$locale_name" locale_was_set=1 ;; esac
    locale_wanted=$locale_wanted$locale_line$nl
  done
  [ -n "$locale_was_set" ] || locale_wanted="${locale_wanted}LANG=$locale_name$nl"
  put_text "$locale_file" "$locale_wanted" || fail MW-CHANGE-LOCALE "$locale_file cannot be written"
}

locale_save() {
  # What a link leads to: putting back the link alone would leave the text.
  locale_real=$(readlink -f "$locale_file")
  save_part gen /etc/locale.gen && save_part lang "${locale_real:-$locale_file}"
}

locale_undo() {
  locale_before=$(cat /etc/locale.gen 2>/dev/null)
  restore_part gen && restore_part lang || return
  reason='LANG is as before'
  [ "$locale_before" != "$(cat /etc/locale.gen 2>/dev/null)" ] || return 0
  locale_program locale-gen || return
  reason='as before'
}
