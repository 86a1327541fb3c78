# puppet: puppet_limit (seconds) puppet_manifest puppet_modules puppet_hiera (paths as in the fleet), and puppet_files, a
# function that prints `DIGEST MODE PATH` for each file. What puppet says comes by a report processor of ours, in Ruby,
# which every puppet brings along: lines as site.sh reads them.

puppet_check() {
  verdict=differs reason='puppet applies its manifest'
  [ "$purpose" = check ] || return 0
  puppet_find
  if [ -z "$puppet_program" ]; then
    reason='puppet is not installed yet: a package before this step must bring it'
    return
  fi
  puppet_run --noop
  case $site_state in
    ok) verdict=ok ;;
    changed) verdict=differs ;;
    *) refuse "$code" "$reason" ;;
  esac
}

puppet_apply() {
  puppet_find
  [ -n "$puppet_program" ] ||
    fail MW-CHANGE-PUPPET 'puppet is not installed here: put `package: puppet-agent` before this step' || return
  puppet_run
  case $site_state in
    ok) unchanged=1 ;;
    changed) ;;
    *) return 1 ;;
  esac
}

puppet_save() {
  :
}

puppet_undo() {
  fail '' 'nobody knows what its resources did'
}

# $puppet_program and the Ruby that belongs to it.
puppet_find() {
  puppet_program='' puppet_ruby=
  if [ -x /opt/puppetlabs/bin/puppet ]; then
    puppet_program=/opt/puppetlabs/bin/puppet puppet_ruby=/opt/puppetlabs/puppet/bin/ruby
  elif command -v puppet >/dev/null && command -v ruby >/dev/null; then
    puppet_program=$(command -v puppet) puppet_ruby=$(command -v ruby)
  fi
}

# Sets $site_state, $reason, $code and $rc like a step that the site carries out; $1 may be --noop.
puppet_run() {
  puppet_dir=$rt/puppet.$at
  rm -rf "$puppet_dir"
  puppet_lay_out 2>>"$rt/out" || {
    site_state=failed code=MW-MACHINE-STATE reason="its files cannot be laid out in $volatile"
    return
  }
  true >"$rt/out"
  launch "$puppet_limit" puppet_session "$@"
  site_state=
  if [ "$rc" = 124 ]; then
    site_state=failed code=MW-CHANGE-PUPPET reason="puppet apply did not end within $puppet_limit s"
  elif [ -s "$puppet_dir/report" ]; then
    site_read "$puppet_dir/report"
  fi
  if [ -z "$site_state" ]; then
    site_state=failed code=MW-CHANGE-PUPPET reason="puppet apply exited $rc: $(puppet_error)"
  elif [ "$site_state" = failed ]; then
    code=MW-CHANGE-PUPPET
  else
    rc=''
  fi
  rm -rf "$puppet_dir"
}

# What a puppet that did not come to a report complained of: a manifest that cannot be compiled, with file and line.
puppet_error() {
  puppet_said=$(grep '^Error: ' "$rt/out" | grep -v '^Error: Facter' | tail -n 1 | sed "s|$puppet_dir/fleet/||g")
  printf '%s' "${puppet_said:-it gave no report}"
}

puppet_lay_out() {
  mkdir -p "$puppet_dir/lib/puppet/reports" "$puppet_dir/fleet" "$puppet_dir/none" &&
    puppet_report >"$puppet_dir/lib/puppet/reports/millwright.rb" &&
    puppet_layout >"$puppet_dir/layout.rb" && puppet_files >"$puppet_dir/files" &&
    "$puppet_ruby" "$puppet_dir/layout.rb" "$puppet_dir/files" "$bundle_dir/files" "$puppet_dir/fleet"
}

puppet_session() {
  umask 022
  cd "$puppet_dir/fleet" || exit 126
  unset LC_ALL QUOTING_STYLE
  LANG=C.UTF-8 HOME=/root RUBYLIB=$puppet_dir/lib MILLWRIGHT_REPORT=$puppet_dir/report MILLWRIGHT_FLEET=$puppet_dir/fleet
  export LANG HOME RUBYLIB MILLWRIGHT_REPORT MILLWRIGHT_FLEET
  puppet_path=$puppet_dir/none
  [ -z "$puppet_modules" ] || puppet_path=$puppet_dir/fleet/$puppet_modules
  set -- "$@" --modulepath "$puppet_path"
  [ -z "$puppet_hiera" ] || set -- "$@" --hiera_config "$puppet_dir/fleet/$puppet_hiera/hiera.yaml"
  # State of its own: a puppet that somebody else runs here has its lock and its reports to itself.
  in_session "$puppet_program" apply --detailed-exitcodes --color=false --report --reports millwright \
    --confdir "$puppet_dir/conf" --vardir "$puppet_dir/var" --logdest console "$@" "$puppet_dir/fleet/$puppet_manifest"
}

# Copies the bundle's files to their places in one process: a module has hundreds.
puppet_layout() {
  cat <<'RUBY'
require 'fileutils'
list, from, to = ARGV
File.foreach(list, encoding: 'UTF-8') do |line|
  digest, mode, path = line.chomp.split(' ', 3)
  target = File.join(to, path)
  FileUtils.mkdir_p(File.dirname(target))
  FileUtils.cp(File.join(from, digest), target)
  File.chmod(mode.to_i(8), target)
end
RUBY
}

puppet_report() {
  cat <<'RUBY'
require 'puppet/reports'
Puppet::Reports.register_report(:millwright) do
  desc 'Lines that Millwright makes receipts of.'

  def plain(text)
    text = text.to_s.gsub(ENV['MILLWRIGHT_FLEET'] + '/', '').gsub(/[[:cntrl:]]+/, ' ').strip
    text.empty? ? '-' : text
  end

  # A resource that another generates stands nowhere, but bears its title as a rule.
  def place(status)
    found = status.file ? status : resource_statuses.values.find { |one| one.file && one.title == status.title }
    found ? plain("#{found.file}:#{found.line}") : '-'
  end

  def placed(status, form)
    place(status) == '-' ? status.resource : format(form, status.resource, place(status))
  end

  def internal?(status)
    %w[Schedule Filebucket Stage Class Whit].include?(status.resource_type)
  end

  def state_of(status)
    return 'failed' if status.failed || status.failed_to_restart
    return 'skipped' if status.skipped
    status.changed || status.out_of_sync ? 'changed' : 'ok'
  end

  def process
    ours = resource_statuses.values.reject { |one| internal?(one) }
    states = ours.map { |one| [state_of(one), one] }
    lines = states.map do |state, one|
      said = one.events.reject { |event| event.status == 'audit' }.map(&:message).join('; ')
      ['task', state, place(one), plain(one.resource), plain(said)].join("\t")
    end
    lines << verdict(states)
    File.write(ENV['MILLWRIGHT_REPORT'], lines.join("\n") + "\n")
  end

  def verdict(states)
    _, failed = states.find { |one, _| one == 'failed' }
    return failure(failed) if failed || status == 'failed'
    changed = states.select { |one, _| one == 'changed' }.map(&:last)
    return ['verdict', 'ok', '-', '-', "#{states.size} resources, none changed"].join("\t") if changed.empty?
    names = changed.first(3).map { |one| placed(one, '%s (%s)') }.join(', ')
    more = changed.size > 3 ? " and #{changed.size - 3} more" : ''
    would = noop ? 'would change' : 'changed'
    ['verdict', 'changed', '-', '-', plain("#{changed.size} of #{states.size} resources #{would}: #{names}#{more}")].join("\t")
  end

  def failure(failed)
    error = logs.find { |one| %i[err alert emerg crit].include?(one.level) }
    text = if failed
      event = failed.events.find { |one| one.status == 'failure' }
      "#{placed(failed, '%s at %s')} failed: #{event ? event.message : error && error.message}"
    else
      "the manifest cannot be applied: #{error ? error.message : 'puppet does not say why'}"
    end
    ['verdict', 'failed', '-', '-', plain(text)].join("\t")
  end
end
RUBY
}
