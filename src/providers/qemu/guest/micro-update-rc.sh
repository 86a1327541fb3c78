#!/bin/sh
# update-rc.d NAME defaults|enable|disable|remove: as in Debian, for the micro image.
set -eu
mkdir -p /etc/rc2.d
case "${2-}" in
  defaults | enable)
    [ -x "/etc/init.d/$1" ] || { echo "update-rc.d: no script /etc/init.d/$1" >&2; exit 1; }
    ln -sf "../init.d/$1" "/etc/rc2.d/S20$1"
    ;;
  disable | remove) rm -f "/etc/rc2.d/S20$1" ;;
  *) echo 'usage: update-rc.d NAME defaults|enable|disable|remove' >&2; exit 2 ;;
esac
