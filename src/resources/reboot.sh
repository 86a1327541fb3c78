# reboot: reboot_file (asks for it) reboot_always reboot_within (seconds). $state/reboots has a line `CHANGE HASH BOOT STATE`
# for each reboot of this change, written before it is ordered: no run and no retry reboots twice for one step.

# $reboot_from and $reboot_state become the boot in which it was ordered and `ordered` or `proved`; empty if it wasn't.
reboot_look() {
  reboot_from='' reboot_state=
  [ -s "$state/reboots" ] || return 0
  while read -r reboot_change reboot_hash reboot_boot reboot_word; do
    [ "$reboot_change $reboot_hash" != "${run%%/*} $hash" ] || reboot_from=$reboot_boot reboot_state=$reboot_word
  done <"$state/reboots"
}

# Writes that this step's reboot is in state $1, or none if that is empty. What other changes did is forgotten.
reboot_note() {
  reboot_notes=
  if [ -s "$state/reboots" ]; then
    while read -r reboot_change reboot_hash reboot_boot reboot_word; do
      [ "$reboot_change" = "${run%%/*}" ] && [ "$reboot_hash" != "$hash" ] || continue
      reboot_notes="$reboot_notes$reboot_change $reboot_hash $reboot_boot $reboot_word$nl"
    done <"$state/reboots"
  fi
  [ -z "$1" ] || reboot_notes="$reboot_notes${run%%/*} $hash $reboot_from $1"
  durable "$state/reboots" "${reboot_notes%"$nl"}"
}

reboot_check() {
  reboot_look
  case $reboot_state in
    proved) verdict=ok reason="was rebooted in this change: $reboot_from was the boot before" ;;
    ordered)
      verdict=differs reason='a reboot was ordered and has not come yet'
      [ "$reboot_from" = "$boot_id" ] || reason='is back'
      ;;
    *) reboot_check_need ;;
  esac
}

reboot_check_need() {
  if [ "$reboot_always" = 1 ]; then
    verdict=differs reason='reboots in every change'
    [ "$purpose" != check ] || verdict=skipped
  elif [ -e "$reboot_file" ]; then
    verdict=differs reason="$reboot_file asks for it"
  else
    verdict=ok reason="nothing asks for it: there is no $reboot_file"
  fi
}

reboot_apply() {
  [ "$reboot_state" != ordered ] || [ "$reboot_from" = "$boot_id" ] || { reboot_prove; return; }
  reboot_pay || return
  reboot_from=$boot_id
  reboot_note ordered || fail MW-MACHINE-STATE "that it was ordered cannot be written to $state" || return
  more=",\"withinSeconds\":$reboot_within"
  emit_step rebooting "boot $boot_id ends"
  sync "$keep/journal"
  # The system stops this run, which goes on after the boot; whoever cancels it writes its end.
  trap 'exit 0' TERM
  reboot_order
  trap on_cancel TERM
  reboot_note ''
  fail MW-CHANGE-REBOOT "a reboot was ordered, but this is still boot $boot_id: the program exited $rc, or nothing came of it in five minutes"
}

reboot_prove() {
  [ "$reboot_always" = 1 ] || [ ! -e "$reboot_file" ] ||
    fail MW-CHANGE-REBOOT "rebooted ($reboot_from, now $boot_id), but $reboot_file is there still: whoever writes it must remove it" || return
  reboot_note proved || fail MW-MACHINE-STATE "that it is proved cannot be written to $state" || return
  reason="rebooted: boot id was $reboot_from, is $boot_id"
}

# Afterwards nobody would know what had been owed to which process.
reboot_pay() {
  reboot_began=$began
  pay_debts
  reboot_rc=$?
  load_step "$at"
  began=$reboot_began reason=
  [ "$reboot_rc" = 0 ] || fail MW-CHANGE-REBOOT 'not rebooted: what is owed could not be paid'
}

reboot_order() {
  true >"$rt/out"
  if [ -d /run/systemd/system ]; then
    launch 60 in_session systemctl reboot
  else
    launch 60 in_session reboot
  fi
  reboot_left=300
  while [ "$rc" = 0 ] && [ "$reboot_left" -gt 0 ]; do
    sleep 1
    reboot_left=$((reboot_left - 1))
  done
}

reboot_save() {
  :
}

reboot_undo() {
  reason='there is nothing to take back; what only a boot brings stays until the next one'
}
