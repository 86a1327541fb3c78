# git: git_path git_key git_repo git_ref git_commit (1 where git_ref is a whole commit) git_as git_force.

git_check() {
  eval "git_stat=\$f_stat_$git_key"
  if ! command -v git >/dev/null; then
    refuse MW-CHANGE-NOTOOL 'git is not installed'
    return
  fi
  git_now='' git_dirty='' git_want=
  case $git_stat in
    a*) refuse MW-CHANGE-SYMLINK "$git_path is a symbolic link" && return ;;
    '') verdict=differs reason='is missing' && return ;;
    4*) ;;
    *) refuse MW-CHANGE-DIRECTORY "$git_path is here and is no directory" && return ;;
  esac
  if [ ! -e "$git_path/.git" ]; then
    git_check_foreign
    return
  fi
  git_ask 60 rev-parse --verify -q HEAD
  git_now=$git_said
  git_ask 60 status --porcelain --ignore-submodules=all
  git_dirty=$git_said
  if [ -n "$git_dirty" ] && [ "$git_force" != 1 ]; then
    refuse MW-CHANGE-GIT "somebody changed $git_path by hand, and only \`force: true\` gives that up: ${git_dirty%%"$nl"*}"
    return
  fi
  git_resolve || return 0
  if [ "$git_now" != "$git_want" ]; then
    verdict=differs reason="is at ${git_now:-nothing}, wanted $git_want"
  elif [ -n "$git_dirty" ]; then
    verdict=differs reason="was changed by hand: ${git_dirty%%"$nl"*}"
  else
    verdict=ok reason="is at $git_want"
  fi
}

git_check_foreign() {
  if [ -z "$(find "$git_path" -mindepth 1 | head -n 1)" ]; then
    verdict=differs reason='is empty'
  else
    refuse MW-CHANGE-GIT "$git_path is here, is not empty and is no working copy"
  fi
}

# $git_want becomes the commit that the ref names now. False: refused.
git_resolve() {
  git_want=$git_ref
  [ "$git_commit" != 1 ] || return 0
  git_ask 120 ls-remote --exit-code -- "$git_repo" "refs/tags/$git_ref^{}" "refs/tags/$git_ref" "refs/heads/$git_ref"
  git_want=
  IFS=$nl
  for git_line in $git_said; do
    case $git_line in
      *"refs/tags/$git_ref^{}") git_want=${git_line%%"$tab"*} && break ;;
      *) git_want=${git_want:-${git_line%%"$tab"*}} ;;
    esac
  done
  IFS=" $tab$nl"
  [ -z "$git_want" ] || return 0
  if [ "$rc" = 0 ] || [ "$rc" = 2 ]; then
    refuse MW-CHANGE-GIT "$git_repo has neither a tag nor a branch $git_ref"
  else
    refuse MW-CHANGE-GIT "$git_repo cannot be asked for $git_ref: git exited $rc"
  fi
  return 1
}

# Runs git in the working copy for at most $1 seconds; $git_said becomes its standard output.
git_ask() {
  git_limit=$1
  shift
  git_out=$rt/git.$number
  true >"$git_out"
  launch "$git_limit" git_session "$@"
  git_said=$(exec cat "$git_out")
  rm -f "$git_out"
}

# Nothing of the repository runs, nobody is asked, and what the machine's own files say about other things stays out.
git_session() {
  umask 022
  if [ -n "$git_as" ] && [ "$git_as" != root ]; then
    home=$(exec getent passwd "$git_as" 2>/dev/null || grep "^$git_as:" /etc/passwd)
    home=${home%:*}
    HOME=${home##*:} USER=$git_as LOGNAME=$git_as
  else
    HOME=/root USER=root LOGNAME=root
  fi
  GIT_TERMINAL_PROMPT=0 GIT_ASKPASS=/bin/false SSH_ASKPASS=/bin/false GIT_LFS_SKIP_SMUDGE=1
  GIT_SSH_COMMAND='ssh -o BatchMode=yes' GIT_ALLOW_PROTOCOL=file:git:http:https:ssh GIT_OPTIONAL_LOCKS=0
  export HOME USER LOGNAME GIT_TERMINAL_PROMPT GIT_ASKPASS SSH_ASKPASS GIT_LFS_SKIP_SMUDGE GIT_SSH_COMMAND GIT_ALLOW_PROTOCOL GIT_OPTIONAL_LOCKS
  cd "$git_path" 2>/dev/null || cd /
  set -- git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c credential.interactive=false -c protocol.ext.allow=never \
    -c "safe.directory=$git_path" -c submodule.recurse=false -c advice.detachedHead=false -c gc.auto=0 "$@"
  if [ "$USER" = root ]; then
    in_session "$@" >"$git_out"
  fi
  # The words of the program come as arguments of the shell, not as its text.
  in_session su -s /bin/sh -c 'exec "$@"' "$git_as" -- sh "$@" >"$git_out"
}

git_save() {
  printf '%s\n' "$git_path" >"$saved/path" && printf '%s\n' "$git_now" >"$saved/commit" || return
  [ -n "$git_stat" ] || true >"$saved/absent"
}

git_apply() {
  git_made=
  if [ -z "$git_stat" ]; then
    [ -d "${git_path%/*}/" ] || fail MW-CHANGE-NODIR "the directory ${git_path%/*} does not exist" || return
    mkdir -m 755 -- "$git_path" || fail MW-CHANGE-GIT "$git_path cannot be made" || return
    git_made=1
  fi
  if [ -n "$git_as" ]; then
    chown -- "$git_as" "$git_path" || fail MW-CHANGE-OWNER "no such owner on this machine: $git_as" || return
  fi
  [ -n "$git_want" ] || git_resolve || { git_give_up && fail "$code" "$reason"; } || return
  if git_fetch && git_ask 300 checkout -q --detach --no-recurse-submodules ${git_hard:+--force} "$git_want" && [ "$rc" = 0 ]; then
    reason="is at $git_want"
    return
  fi
  git_give_up
  fail MW-CHANGE-GIT "$git_repo cannot be brought to $git_ref in $git_path: git exited $rc"
}

git_give_up() {
  [ -z "$git_made" ] || rm -rf -- "$git_path"
  return 0
}

# The commit alone where the server gives it, else all that it has.
git_fetch() {
  git_hard=
  [ "$git_force" != 1 ] || git_hard=1
  if [ ! -e "$git_path/.git" ]; then
    git_ask 60 init -q --template= .
    [ "$rc" = 0 ] || return
  fi
  git_ask 60 cat-file -e "$git_want^{commit}"
  [ "$rc" != 0 ] || return 0
  git_ask "${step_limit:-600}" fetch -q --no-tags --no-recurse-submodules --depth 1 -- "$git_repo" "$git_want"
  [ "$rc" != 0 ] || return 0
  git_ask "${step_limit:-600}" fetch -q --no-recurse-submodules -- "$git_repo" '+refs/heads/*:refs/remotes/origin/*' '+refs/tags/*:refs/tags/*'
  [ "$rc" = 0 ]
}

git_undo() {
  IFS= read -r git_path <"$saved/path" || fail '' 'what was saved cannot be read' || return
  if [ -e "$saved/absent" ]; then
    rm -rf -- "$git_path" || fail '' "$git_path cannot be removed" || return
    reason="$git_path removed, it was absent before"
    return
  fi
  IFS= read -r git_want <"$saved/commit"
  if [ -z "$git_want" ]; then
    find "$git_path" -mindepth 1 -maxdepth 1 -exec rm -rf -- {} + || fail '' "$git_path cannot be emptied" || return
    reason="$git_path is empty, as before"
    return
  fi
  git_hard=
  [ "$git_force" != 1 ] || git_hard=1
  git_ask 300 checkout -q --detach --no-recurse-submodules ${git_hard:+--force} "$git_want"
  [ "$rc" = 0 ] || fail '' "$git_path cannot be brought back to $git_want" || return
  reason="is back at $git_want"
}
