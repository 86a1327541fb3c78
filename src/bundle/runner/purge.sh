# Leaving for good: everything of ours goes, and what the runs made of the machine stays.

purge() {
  mkdir -p "$volatile" && take_lock purge '' || cancel_answer '"purge":"busy"' 10
  if read_deadman; then
    release_lock
    cancel_answer '"purge":"busy"' 10
  fi
  unhook_boot
  withdraw_hold
  # What reads this file has it open; it is gone all the same.
  rm -rf "$state" || purge_failed
  printf '{"v":1,"purge":"done"}\n'
  rm -rf "$volatile"
  exit
}

purge_failed() {
  release_lock
  cancel_answer '"purge":"failed"' 15
}
