# Entries of /etc/fstab. $fstab_text is `=` and the file, as facts have it.

# Looks for the entry whose field $1 (device or path) is $2. $fstab_entry becomes its fields with a blank between them,
# empty if there is none; $fstab_result the file with entry $3 in its place, without any if $3 is empty.
fstab_edit() {
  fstab_field=$1 fstab_wanted=$2 fstab_entry='' fstab_result=
  fstab_new=${3:+$3$nl}
  fstab_rest=${fstab_text#=}
  while [ -n "$fstab_rest" ]; do
    fstab_line=${fstab_rest%%"$nl"*}
    case $fstab_rest in *"$nl"*) fstab_rest=${fstab_rest#*"$nl"} ;; *) fstab_rest= ;; esac
    if fstab_is $fstab_line; then
      fstab_result=$fstab_result$fstab_new fstab_new=
    else
      fstab_result=$fstab_result$fstab_line$nl
    fi
  done
  fstab_result=$fstab_result$fstab_new
}

# The arguments are the fields of a line.
fstab_is() {
  case $1 in '' | \#*) return 1 ;; esac
  if [ "$fstab_field" = path ]; then [ "$2" = "$fstab_wanted" ]; else [ "$1" = "$fstab_wanted" ]; fi || return
  fstab_entry=${fstab_entry:-$*}
}

# Puts $fstab_result in place and tells systemd, which made units of the old one.
fstab_put() {
  [ "$fstab_text" != "=$fstab_result" ] || return 0
  put_text /etc/fstab "$fstab_result" || fail MW-CHANGE-MOUNT '/etc/fstab cannot be written' || return
  fstab_told
}

fstab_told() {
  [ ! -d /run/systemd/system ] || launch 60 in_session systemctl daemon-reload
}
