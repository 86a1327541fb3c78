# The way back after a reboot: while a risky step isn't settled, something starts a watcher at boot.

deadman_unit=/etc/systemd/system/millwright-deadman.service
deadman_wanted=/etc/systemd/system/multi-user.target.wants/millwright-deadman.service
deadman_script=/etc/init.d/millwright-deadman
deadman_local=/etc/local.d/millwright-deadman.start
deadman_busybox=/etc/init.d/S99millwright-deadman

# False: nothing here runs anything at boot, or it can't be told to.
hook_boot() {
  if [ -d /run/systemd/system ]; then
    hook_systemd
  elif command -v update-rc.d >/dev/null; then
    hook_script "$deadman_script" && update-rc.d millwright-deadman defaults >/dev/null
  elif [ -e /etc/runlevels/default/local ] || [ -e /etc/runlevels/boot/local ]; then
    hook_script "$deadman_local"
  elif [ -x /etc/init.d/rcS ]; then
    hook_script "$deadman_busybox"
  else
    return 1
  fi 2>/dev/null
}

hook_systemd() {
  mkdir -p "${deadman_wanted%/*}" && hook_put "$deadman_unit" 644 "[Unit]
Description=Takes back a change to this machine that nobody confirms
After=network.target ssh.service sshd.service

[Service]
ExecStart=/bin/sh $self deadman
KillMode=process

[Install]
WantedBy=multi-user.target" && ln -sf "$deadman_unit" "$deadman_wanted" && sync "${deadman_wanted%/*}"
}

hook_script() {
  hook_put "$1" 755 "#!/bin/sh
### BEGIN INIT INFO
# Provides:          millwright-deadman
# Required-Start:    \$local_fs
# Required-Stop:
# Default-Start:     2 3 4 5
# Default-Stop:
# Short-Description: Takes back a change to this machine that nobody confirms
### END INIT INFO
case \$1 in
  '' | start) setsid sh $self deadman </dev/null >/dev/null 2>&1 & ;;
esac"
}

# Writes text $3 to file $1 with mode $2.
hook_put() {
  printf '%s\n' "$3" >"$1" && chmod "$2" "$1" && sync "$1" "${1%/*}"
}

unhook_boot() {
  if [ -e "$deadman_script" ]; then
    rm -f "$deadman_script"
    update-rc.d millwright-deadman remove >/dev/null 2>&1
  fi
  rm -f "$deadman_wanted" "$deadman_unit" "$deadman_local" "$deadman_busybox"
}
