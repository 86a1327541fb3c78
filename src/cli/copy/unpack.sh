# unpack.sh PATH MANY [NAME]: takes such a tar from standard input. Into PATH where that is a directory; else its entry
# becomes PATH, which MANY=yes forbids. Nothing but NAME is taken: who sends may be anybody by now.
path=$1 many=$2
shift 2
[ "$#" = 0 ] || set -- "./$1"
if [ -d "$path" ]; then
  exec tar -xof - -C "$path" "$@"
fi
case $path in
*/)
  echo "$path is no directory" >&2
  exit 66
  ;;
*/*) dir=${path%/*}/ ;;
*) dir=./ ;;
esac
if [ "$many" = yes ]; then
  echo "$path is no directory, and several things can't become one" >&2
  exit 66
fi
if [ ! -d "$dir" ]; then
  echo "$dir does not exist" >&2
  exit 66
fi
staging=$(mktemp -d "$dir.millwright-cp.XXXXXX") || exit 73
trap 'rm -rf "$staging"' EXIT
trap 'exit 130' HUP INT TERM
tar -xof - -C "$staging" "$@" || exit 74
for entry in "$staging"/* "$staging"/.[!.]* "$staging"/..?*; do
  if [ -e "$entry" ] || [ -L "$entry" ]; then
    # A file that is in use keeps its old content for whoever has it open.
    mv -f "$entry" "$path"
    exit
  fi
done
exit 74
