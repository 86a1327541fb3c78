# Slots: values that come on standard input and live in tmpfs only. The frame is a line per slot, `slot NAME
# secret|plain FINGERPRINT BASE64` (`-` for nothing), between `millwright-slots 1` and `end`; no frame, no slots.

# Stores the frame under $1. False: it was cut off.
receive_slots() {
  IFS= read -r slot_line || [ -n "$slot_line" ] || return 0
  [ "$slot_line" = 'millwright-slots 1' ] || return 1
  mkdir -p "$1" || return 1
  while read -r slot_word slot_name slot_kind slot_print slot_value; do
    case $slot_word in
      end) return 0 ;;
      slot) ;;
      *) return 1 ;;
    esac
    case $slot_name in '' | .* | *[!A-Za-z0-9_.-]*) return 1 ;; esac
    if [ "$slot_value" = - ]; then
      true >"$1/$slot_name"
    else
      printf '%s\n' "$slot_value" | base64 -d >"$1/$slot_name" || return 1
    fi
    printf '%s\n' "$slot_kind $slot_print" >"$1/$slot_name:meta"
  done
  return 1
}

# Loads the slots that the bundle names into variables; $slots_missing names those that nobody gave.
load_slots() {
  slots_missing='' slot_longest=0 slot_secrets=
  for slot_name in $bundle_slots; do
    if [ ! -e "$rt/slots/$slot_name:meta" ]; then
      slots_missing="$slots_missing $slot_name"
      continue
    fi
    read -r slot_kind slot_print <"$rt/slots/$slot_name:meta"
    slot_value=$(cat "$rt/slots/$slot_name" && echo x)
    slot_value=${slot_value%?}
    slot_variable "$slot_name"
    eval "slot_$variable=\$slot_value slot_print_$variable=\$slot_print slot_kind_$variable=\$slot_kind"
    [ "$slot_kind" = secret ] && [ -n "$slot_value" ] || continue
    slot_secrets="$slot_secrets $variable"
    [ "${#slot_value}" -le "$slot_longest" ] || slot_longest=${#slot_value}
  done
  slots_missing=${slots_missing# }
}

# $variable becomes a name for slot $1 that sh accepts and no other slot has.
slot_variable() {
  variable=
  slot_rest=$1
  while :; do
    slot_head=${slot_rest%%[_.-]*}
    variable=$variable$slot_head
    [ "$slot_head" = "$slot_rest" ] && break
    slot_rest=${slot_rest#"$slot_head"}
    case $slot_rest in
      _*) variable=${variable}__ ;;
      .*) variable=${variable}_d ;;
      -*) variable=${variable}_m ;;
    esac
    slot_rest=${slot_rest#?}
  done
}

# $masked becomes $1 without the secrets: each whole, and each of its lines that is long enough to mean something.
mask() {
  masked=$1
  for mask_variable in $slot_secrets; do
    eval "mask_value=\$slot_$mask_variable"
    mask_out "$mask_value"
    case $mask_value in
      *"$nl"*)
        while [ -n "$mask_value" ]; do
          mask_line=${mask_value%%"$nl"*}
          [ "${#mask_line}" -lt 6 ] || mask_out "$mask_line"
          case $mask_value in *"$nl"*) mask_value=${mask_value#*"$nl"} ;; *) mask_value= ;; esac
        done
        ;;
    esac
  done
}

mask_out() {
  mask_rest=$masked
  masked=
  while :; do
    case $mask_rest in
      *"$1"*) masked=$masked${mask_rest%%"$1"*}'***' && mask_rest=${mask_rest#*"$1"} ;;
      *) break ;;
    esac
  done
  masked=$masked$mask_rest
}

# $fingerprints becomes the journal member that says with which values the step worked; $prints the same as plain text.
step_fingerprints() {
  fingerprints='' prints=
  for slot_name in $slots; do
    slot_variable "$slot_name"
    eval "slot_print=\$slot_print_$variable"
    json "$slot_print"
    fingerprints="$fingerprints,\"$slot_name\":$json"
    prints="$prints $slot_name=$slot_print"
  done
  [ -z "$fingerprints" ] || fingerprints=",\"fingerprints\":{${fingerprints#,}}"
}

# True if one of the step's slots is secret.
step_has_secret() {
  for slot_name in $slots; do
    slot_variable "$slot_name"
    eval "slot_kind=\$slot_kind_$variable"
    [ "$slot_kind" = secret ] && return 0
  done
  return 1
}
