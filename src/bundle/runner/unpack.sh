# Bundles: unpacked once per boot, from a tar that is proved by its digest.

unpack_bundle() {
  unpack "$bytes" bundle
}

# $bundle_dir becomes the folder with the files of the bundle with digest $1, proved by that of the tar that they came
# from. $2 is what an answer calls it.
unpack() {
  bundle_dir=$volatile/bundles/$1
  [ ! -d "$bundle_dir" ] || return 0
  unpack_tar=$state/bundles/$1.tar
  unpack_sum=
  [ ! -s "$unpack_tar" ] || unpack_sum=$(sha256sum "$unpack_tar")
  [ "${unpack_sum%% *}" = "$1" ] || answer "\"start\":\"lacking\",\"what\":\"$2\"" 12
  unpack_error=$(mkdir -p "$bundle_dir.$$" 2>&1 && exec tar -xf "$unpack_tar" -C "$bundle_dir.$$" 2>&1) || {
    rm -rf "$bundle_dir.$$"
    start_failed "the bundle cannot be unpacked: $unpack_error" "$unpack_error"
  }
  # Two may unpack at a time; the second finds the first's folder and puts its own inside, which harms nobody.
  mv "$bundle_dir.$$" "$bundle_dir" 2>/dev/null
  [ ! -d "$bundle_dir/$1.$$" ] || rm -rf "$bundle_dir/$1.$$"
}
