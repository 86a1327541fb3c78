# pack.sh PATH RECURSIVE: writes PATH to standard output as a tar with one entry at its top.
path=$1 recursive=$2
if [ -d "$path" ]; then
  if [ "$recursive" != yes ]; then
    echo "$path is a directory: say -r to copy all that is in it" >&2
    exit 65
  fi
  dir=$(cd -- "$path" && pwd) || exit 66
  if [ "$dir" = / ]; then
    echo "the whole of / is not copied: name what is in it" >&2
    exit 65
  fi
  # What is named is copied as what it leads to, links inside it as links.
  follow=
  [ ! -L "$dir" ] || follow=h
  cd -- "${dir%/*}/" && exec tar "-c${follow}f" - "./${dir##*/}"
fi
if [ ! -e "$path" ]; then
  echo "$path does not exist" >&2
  exit 66
fi
case $path in */*) dir=${path%/*}/ ;; *) dir=. ;; esac
cd -- "$dir" && exec tar -chf - "./${path##*/}"
