# ansible: ansible_limit (seconds). The site runs the playbook (site.sh); this machine waits for what came of it.

ansible_check() {
  verdict=differs reason='the site runs the playbook'
  [ "$purpose" = check ] || return 0
  site_ask "$ansible_limit" 'the site looks what the playbook would do'
  case $site_state in
    ok) verdict=ok ;;
    changed) verdict=differs ;;
    *) refuse "$code" "$reason" ;;
  esac
}

ansible_apply() {
  site_ask "$ansible_limit" 'the site runs the playbook'
  case $site_state in
    ok) unchanged=1 ;;
    changed) ;;
    *) return 1 ;;
  esac
}

# In a check: what the playbook would change.
ansible_diff() {
  tail_output "$rt/out"
  step_diff=$output
}

# Nobody knows what its tasks did: a rollback says so before it takes anything back.
ansible_save() {
  :
}

ansible_undo() {
  fail '' 'nobody knows what its tasks did'
}
