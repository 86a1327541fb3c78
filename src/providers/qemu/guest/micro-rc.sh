#!/bin/sh
# Starts or stops the services that are enabled: /etc/rc2.d/S?? links to scripts in /etc/init.d.
for link in /etc/rc2.d/S*; do
  [ ! -x "$link" ] || "$link" "$1"
done
