# Facts about the machine itself, a closed list that docs/manifest.md names: $f_os_<name> with `_` for `.`. Builtins read
# them wherever they can.

# Arguments are pairs of name and fact.
sweep_os() {
  os_release_read=
  while [ $# -gt 0 ]; do
    case $1 in
      os_*) [ -n "$os_release_read" ] || os_release ;;
      *) "os_$1" ;;
    esac
    shift 2
  done
}

# $os_line becomes the first line of file $1; empty if it cannot be read.
os_read() {
  os_line=
  { IFS= read -r os_line <"$1"; } 2>/dev/null
}

os_release() {
  os_release_read=1 f_os_os_id=unknown f_os_os_version=unknown os_like=
  for os_file in /etc/os-release /usr/lib/os-release; do
    [ -r "$os_file" ] || continue
    while IFS= read -r os_line || [ -n "$os_line" ]; do
      os_value=${os_line#*=}
      os_value=${os_value#[\"\']}
      os_value=${os_value%[\"\']}
      case $os_line in
        ID=*) f_os_os_id=$os_value ;;
        VERSION_ID=*) f_os_os_version=$os_value ;;
        ID_LIKE=*) os_like=$os_value ;;
      esac
    done <"$os_file"
    break
  done
  case " $f_os_os_id $os_like " in
    *' debian '* | *' ubuntu '*) f_os_os_family=debian ;;
    *' rhel '* | *' fedora '* | *' centos '*) f_os_os_family=redhat ;;
    *suse*) f_os_os_family=suse ;;
    *' arch '*) f_os_os_family=arch ;;
    *' alpine '*) f_os_os_family=alpine ;;
    *) f_os_os_family=unknown ;;
  esac
}

os_architecture() {
  # Since Linux 6.1.
  os_read /proc/sys/kernel/arch
  f_os_architecture=${os_line:-$(uname -m)}
}

os_init() {
  if [ -d /run/systemd/system ]; then
    f_os_init=systemd
  elif [ -d /run/openrc ] || [ -x /sbin/openrc-run ]; then
    f_os_init=openrc
  else
    f_os_init=other
  fi
}

os_packageManager() {
  f_os_packageManager=none
  for os_program in apt-get dnf yum apk zypper pacman; do
    command -v "$os_program" >/dev/null || continue
    f_os_packageManager=${os_program%-get}
    return
  done
}

os_virtualization() {
  os_container
  [ -z "$f_os_virtualization" ] || return 0
  os_read /sys/class/dmi/id/sys_vendor
  os_vendor=$os_line
  os_read /sys/class/dmi/id/product_name
  case $os_vendor:$os_line in
    QEMU:* | *:*KVM*) f_os_virtualization=qemu ;;
    VMware*) f_os_virtualization=vmware ;;
    *:VirtualBox*) f_os_virtualization=virtualbox ;;
    Microsoft*:Virtual*) f_os_virtualization=hyperv ;;
    Xen:* | *:HVM*) f_os_virtualization=xen ;;
    Amazon*:*metal*) f_os_virtualization=none ;;
    Amazon*) f_os_virtualization=amazon ;;
    Google*) f_os_virtualization=google ;;
    *) os_hypervisor ;;
  esac
}

os_container() {
  f_os_virtualization=
  os_read /run/systemd/container
  case $os_line in
    '') ;;
    docker | podman) f_os_virtualization=$os_line ;;
    lxc*) f_os_virtualization=lxc ;;
    *) f_os_virtualization=container ;;
  esac
  [ ! -e /.dockerenv ] || f_os_virtualization=docker
  [ ! -e /run/.containerenv ] || f_os_virtualization=podman
}

# A hypervisor that has no name here says at least that it is one.
os_hypervisor() {
  os_read /sys/hypervisor/type
  if [ "$os_line" = xen ]; then
    f_os_virtualization=xen
    return
  fi
  f_os_virtualization=none
  while IFS= read -r os_line; do
    case $os_line in
      flags*' hypervisor'*) f_os_virtualization=other && return ;;
      flags*) return ;;
    esac
  done </proc/cpuinfo
}

os_memory() {
  f_os_memory=0
  while read -r os_name os_value _; do
    [ "$os_name" != MemTotal: ] || { f_os_memory=$((os_value / 1024)) && return; }
  done </proc/meminfo
}

# /sys has them as 0-3,5.
os_cpus() {
  f_os_cpus=0
  os_read /sys/devices/system/cpu/online
  [ -n "$os_line" ] || { f_os_cpus=$(nproc) && return; }
  IFS=,
  for os_range in $os_line; do
    f_os_cpus=$((f_os_cpus + ${os_range#*-} - ${os_range%-*} + 1))
  done
  IFS=" $tab$nl"
}

os_hostname() {
  os_read /proc/sys/kernel/hostname
  f_os_hostname=$os_line
}

# Not for conditions: where others reach it.
os_addresses() {
  f_os_addresses='' os_before=
  command -v ip >/dev/null || return 0
  for os_word in $(ip -4 -o addr show scope global 2>/dev/null); do
    case $os_before in inet) f_os_addresses="$f_os_addresses ${os_word%/*}" ;; esac
    os_before=$os_word
  done
  f_os_addresses=${f_os_addresses# }
}

# The whole list as one line of JSON.
print_facts() {
  sweep_os os_id - architecture - init - packageManager - virtualization - memory - cpus - hostname - addresses -
  printf '{"v":1'
  for fact in os.family os.id os.version architecture init packageManager virtualization hostname; do
    fact_name=$fact
    case $fact in os.*) fact_name=os_${fact#os.} ;; esac
    eval "json \"\$f_os_$fact_name\""
    printf ',"%s":%s' "$fact" "$json"
  done
  fact_list=
  for fact in $f_os_addresses; do
    fact_list="$fact_list,\"$fact\""
  done
  printf ',"memory":%d,"cpus":%d,"addresses":[%s]}\n' "$f_os_memory" "$f_os_cpus" "${fact_list#,}"
}
