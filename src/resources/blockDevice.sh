# What is on a block device or in a file, for types that must never overwrite anything.

# f_block_<key> is blank, absent, unreadable, unproved (nothing here can tell), or what was found.
sweep_block() {
  while [ $# -gt 0 ]; do
    block_look "$2"
    eval "f_block_$1=\$block_now"
    shift 2
  done
}

# $block_now becomes what is on $1.
block_look() {
  block_now=absent
  [ -b "$1" ] || [ -f "$1" ] || return 0
  block_now=unproved
  command -v blkid >/dev/null || return 0
  block_now=unreadable
  # Of a device that it cannot read blkid says that nothing is there.
  head -c 4096 "$1" >/dev/null 2>&1 || return 0
  block_text=$(blkid -p -o export "$1" 2>/dev/null)
  block_rc=$?
  if [ "$block_rc" = 1 ]; then
    # busybox
    block_text=$(blkid "$1" 2>/dev/null)
    block_rc=$?
  fi
  block_found
}

block_found() {
  case $nl$block_text in
    *"${nl}TYPE="*) block_now=${nl}$block_text && block_now=${block_now#*"${nl}TYPE="} && block_now=${block_now%%"$nl"*} ;;
    *' TYPE="'*) block_now=${block_text#* TYPE=\"} && block_now=${block_now%%\"*} ;;
    *"${nl}PTTYPE="*) block_now='a partition table' ;;
    "$nl") case $block_rc in 0 | 2) block_now=blank ;; *) block_now='several things at once' ;; esac ;;
    *) block_now='something unknown' ;;
  esac
}
