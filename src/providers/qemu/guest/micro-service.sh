#!/bin/sh
# service NAME ACTION: runs the script of /etc/init.d with a clean environment.
[ -x "/etc/init.d/$1" ] || { echo "$1: unrecognized service" >&2; exit 1; }
cd / && exec env -i PATH="$PATH" TERM="${TERM-}" "/etc/init.d/$1" "$2"
