# What is asked most needs no more than the parts above. The shell reads as it goes: it ends here and need not parse the rest,
# which takes as long as starting a program.

lock_run=
slot_longest=0
slot_secrets=
case ${1-} in
  start)
    shift
    start_options "$@"
    if [ "$purpose" = apply ]; then
      start "$@"
      exit
    fi
    set -- start "$@"
    ;;
  follow)
    shift
    follow "$@"
    exit
    ;;
  status)
    status
    exit
    ;;
  verified)
    shift
    verified "$@"
    exit
    ;;
esac
