# Everything a guest says about itself, one `key=value` line each, in one round trip. Argument 1: path of our runner.
# Works on busybox; a key that cannot be found out is left out.
encoded() { base64 <"$1" | tr -d '\n'; }

echo "boot=$(cat /proc/sys/kernel/random/boot_id)"
echo "clock=$(date +%s)"
echo "tainted=$(cat /proc/sys/kernel/tainted)"
df -Pk / | awk 'NR == 2 { print "disk=" $4 }'
awk '$2 == "/" { options = $4 } END { print "root=" substr(options, 1, 2) }' /proc/mounts

if [ -d /run/systemd/system ]; then
  systemd=$(systemctl is-system-running 2>/dev/null)
  echo "systemd=$systemd"
  [ "$systemd" = degraded ] &&
    echo "failed=$(systemctl list-units --state=failed --plain --no-legend 2>/dev/null | awk '{ printf "%s ", $1 }')"
fi

if [ -d /run/cloud-init ] && [ ! -e /etc/cloud/cloud-init.disabled ] && [ ! -e /run/cloud-init/disabled ]; then
  echo cloud=present
  [ -s /run/cloud-init/status.json ] && echo "status=$(encoded /run/cloud-init/status.json)"
  [ -s /run/cloud-init/result.json ] && echo "result=$(encoded /run/cloud-init/result.json)"
fi

# Any runner knows the head: a newer one may not have been uploaded yet.
runner=$1
[ -s "$runner" ] || for runner in "${1%/*}"/*.sh; do :; done
[ -s "$runner" ] && echo "runner=$(sh "$runner" status)"
:
