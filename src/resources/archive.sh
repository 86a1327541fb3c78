# archive: archive_path archive_key archive_sha (of a file of the bundle, or empty) archive_url archive_sha256
# archive_sha512 archive_format archive_strip archive_owner archive_mark. What was unpacked is known by
# $state/archives/<key>: its first line is archive_mark, the others are its members.

archive_check() {
  eval "archive_stat=\$f_stat_$archive_key"
  case $archive_stat in
    a*) refuse MW-CHANGE-SYMLINK "$archive_path is a symbolic link" && return ;;
    4*) ;;
    '') verdict=differs reason='is missing' && return ;;
    *) refuse MW-CHANGE-DIRECTORY "$archive_path is here and is no directory" && return ;;
  esac
  archive_was=
  if [ -s "$state/archives/$archive_key" ]; then
    archive_was=$(exec cat "$state/archives/$archive_key")
  fi
  if [ "${archive_was%%"$nl"*}" != "$archive_mark" ]; then
    verdict=differs reason='another version, or none, was unpacked'
    [ -n "$archive_was" ] || reason='was not unpacked yet'
    return
  fi
  verdict=ok reason='unpacked, and all its members are there'
  IFS=$nl
  set -- $archive_was
  IFS=" $tab$nl"
  shift
  for archive_member in "$@"; do
    [ ! -e "$archive_path/$archive_member" ] && [ ! -L "$archive_path/$archive_member" ] || continue
    verdict=differs reason="$archive_member is missing"
    break
  done
}

archive_save() {
  printf '%s\n' "$archive_path" >"$saved/path" || return
  [ -n "$archive_stat" ] || true >"$saved/absent" || return
  [ ! -e "$state/archives/$archive_key" ] || cp -a -- "$state/archives/$archive_key" "$saved/mark"
}

archive_apply() {
  [ -d "${archive_path%/*}/" ] || fail MW-CHANGE-NODIR "the directory ${archive_path%/*} does not exist" || return
  if [ -n "$archive_owner" ]; then
    true >"$rt/owner"
    chown -- "$archive_owner" "$rt/owner" || { rm -f "$rt/owner" && fail MW-CHANGE-OWNER "no such owner on this machine: $archive_owner"; } || return
  fi
  archive_file=$bundle_dir/files/$archive_sha fetched=
  if [ -n "$archive_url" ]; then
    fetch "$archive_url" "$archive_sha256" "$archive_sha512" || return
    archive_file=$fetched
  fi
  archive_stage=${archive_path%/*}/.millwright.$number.tmp
  rm -rf -- "$archive_stage"
  mkdir -m 755 -- "$archive_stage" && archive_unpack && archive_prove && archive_place
  archive_rc=$?
  rm -rf -- "$archive_stage"
  [ -z "$fetched" ] || rm -f "$fetched"
  [ "$archive_rc" = 0 ] || fail "${code:-MW-CHANGE-ARCHIVE}" "${archive_error:-it cannot be unpacked into $archive_path}" || return
  reason="unpacked: $reason"
}

# Into a folder of its own, so that nothing lies where it belongs before it is proved. False: $archive_error says why.
archive_unpack() {
  archive_error='' code=
  case $archive_format in
    zip) archive_tools=unzip archive_program= ;;
    tar.gz) archive_tools='tar gzip' archive_program='gzip -dc' ;;
    tar.xz) archive_tools='tar xz' archive_program='xz -dc' ;;
    tar.zst) archive_tools='tar zstd' archive_program='zstd -q -dc' ;;
    *) archive_tools=tar archive_program=cat ;;
  esac
  for archive_tool in $archive_tools; do
    command -v "$archive_tool" >/dev/null && continue
    code=MW-CHANGE-NOTOOL archive_error="$archive_tool is not installed, which a $archive_format needs"
    return 1
  done
  archive_names=$(archive_list 2>"$rt/archive") || archive_error="it cannot be read as $archive_format"
  archive_said=$(exec cat "$rt/archive")
  rm -f "$rt/archive"
  [ -z "$archive_error" ] || return
  # busybox lists what it would make of such names, and says that it did.
  case $nl$archive_names$nl$archive_said in
    *'emoving leading'* | *"$nl"/* | *"$nl"../* | *"$nl..$nl"* | */../* | */.."$nl"*)
      archive_error='it has members outside its root: an absolute path or one that leads upwards'
      return 1
      ;;
  esac
  launch "${step_limit:-600}" archive_session
  [ "$rc" = 0 ] || archive_error="unpacking it exited $rc"
  [ -z "$archive_error" ]
}

archive_list() {
  case $archive_format in
    zip) unzip -l "$archive_file" | sed -n -e 's/^ *[0-9][0-9]*  *[-0-9]*  *[0-9:]*  *//p' ;;
    *) $archive_program <"$archive_file" | tar -tf - ;;
  esac
}

archive_session() {
  umask 022
  case $archive_format in
    zip) in_session unzip -q "$archive_file" -d "$archive_stage" ;;
  esac
  in_session sh -c '$4 <"$1" | tar -C "$2" --strip-components="$3" -xf -' sh "$archive_file" "$archive_stage" "$archive_strip" "$archive_program"
}

# No link may lead out of what was unpacked, and nothing but files, folders and links belongs there. Owners and setuid bits
# are the contract's business, not the archive's.
archive_prove() {
  archive_odd=$(find "$archive_stage" ! -type f ! -type d ! -type l)
  [ -z "$archive_odd" ] || archive_error='it holds devices, pipes or sockets'
  archive_odd=$(find "$archive_stage" -name "*$nl*")
  [ -z "$archive_odd" ] || archive_error='it holds a name with a newline'
  [ -z "$archive_error" ] || return
  archive_links=$(find "$archive_stage" -type l)
  archive_error=
  IFS=$nl
  for archive_link in $archive_links; do
    IFS=" $tab$nl"
    archive_inside "${archive_link#"$archive_stage"/}" "$(readlink "$archive_link")" && continue
    archive_error="its link ${archive_link#"$archive_stage"/} leads out of its root"
    break
  done
  IFS=" $tab$nl"
  [ -z "$archive_error" ] && chown -hR -- "${archive_owner:-root:root}" "$archive_stage"
}

# True if link $1, which points to $2, stays within the root.
archive_inside() {
  case $2 in /*) return 1 ;; esac
  case $1 in
    */*) archive_way=${1%/*}/$2 ;;
    *) archive_way=$2 ;;
  esac
  archive_depth=0
  IFS=/
  for archive_part in $archive_way; do
    case $archive_part in
      '' | .) ;;
      ..) archive_depth=$((archive_depth - 1)) ;;
      *) archive_depth=$((archive_depth + 1)) ;;
    esac
    [ "$archive_depth" -ge 0 ] || break
  done
  IFS=" $tab$nl"
  [ "$archive_depth" -ge 0 ]
}

# Saves what the members replace, then puts them in place.
archive_place() {
  archive_members=$(cd "$archive_stage" && find . -mindepth 1 | LC_ALL=C sort | sed -e 's/^\.\///')
  mkdir -p "$state/archives" || return
  if [ ! -e "$saved/members" ]; then
    printf '%s\n' "$archive_members" >"$saved/members.new" && archive_keep && sync "$saved" &&
      mv "$saved/members.new" "$saved/members" || return
  fi
  rm -f "$state/archives/$archive_key"
  if [ -d "$archive_path" ]; then
    cp -a -- "$archive_stage/." "$archive_path/" || return
  else
    mv -T -- "$archive_stage" "$archive_path" || return
  fi
  sync "$archive_path"
  durable "$state/archives/$archive_key" "$archive_mark$nl$archive_members"
}

# Old versions of what is no folder.
archive_keep() {
  archive_number=0
  while IFS= read -r archive_member; do
    archive_number=$((archive_number + 1))
    if [ -d "$archive_path/$archive_member" ] && [ ! -L "$archive_path/$archive_member" ]; then
      true >"$saved/$archive_number.folder"
    elif [ -e "$archive_path/$archive_member" ] || [ -L "$archive_path/$archive_member" ]; then
      cp -a -- "$archive_path/$archive_member" "$saved/$archive_number" || return
    fi
  done <"$saved/members.new"
}

archive_undo() {
  IFS= read -r archive_path <"$saved/path" || fail '' 'what was saved cannot be read' || return
  if [ -e "$saved/absent" ]; then
    rm -rf -- "$archive_path" || fail '' "$archive_path cannot be removed" || return
    reason="$archive_path removed, it was absent before"
  else
    archive_put_back || fail '' "what was in $archive_path cannot be put back" || return
    reason="$archive_path is as it was"
  fi
  rm -f "$state/archives/$archive_key"
  [ ! -e "$saved/mark" ] || cp -a -- "$saved/mark" "$state/archives/$archive_key"
}

archive_put_back() {
  [ -e "$saved/members" ] || return 0
  archive_number=0 archive_empty=
  while IFS= read -r archive_member; do
    archive_number=$((archive_number + 1))
    [ ! -e "$saved/$archive_number.folder" ] || continue
    if [ -d "$archive_path/$archive_member" ] && [ ! -L "$archive_path/$archive_member" ]; then
      archive_empty=$archive_member$nl$archive_empty
      continue
    fi
    rm -f -- "$archive_path/$archive_member" || return
    [ ! -e "$saved/$archive_number" ] && [ ! -L "$saved/$archive_number" ] ||
      cp -a -- "$saved/$archive_number" "$archive_path/$archive_member" || return
  done <"$saved/members"
  IFS=$nl
  for archive_member in $archive_empty; do
    rmdir -- "$archive_path/$archive_member" 2>/dev/null
  done
  IFS=" $tab$nl"
}
