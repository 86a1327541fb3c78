import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeMicroFleet } from '../../support/fleet.js';
import type { CliResult, Stack } from '../../support/stack.js';

/** An init script whose reload and start refuse a config with `oops`, as real servers refuse what they can't parse. */
const script = `#!/bin/sh
      pid=/run/web.pid
      check() { ! grep -q oops /etc/web.conf || { echo "web: unknown directive oops in /etc/web.conf" >&2; exit 1; }; }
      alive() { [ -s $pid ] && kill -0 "$(cat $pid)" 2>/dev/null; }
      case $1 in
        start) check; alive || { busybox httpd -f -p 80 -h /srv & echo $! > $pid; } ;;
        stop) ! alive || kill "$(cat $pid)"; rm -f $pid ;;
        restart) $0 stop; $0 start ;;
        reload) check; echo reload >> /var/reloads ;;
        status) alive || { echo "web is stopped"; exit 3; }; echo "web is running" ;;
      esac`.replaceAll('\n      ', '\n            ');

export interface Site {
  readonly config: string;
  /** Further resources, as YAML list items. */
  readonly resources?: string;
  readonly body?: string;
  readonly verify?: string;
  readonly group?: string;
}

/** One machine that serves a page on a published port, as a fleet whose contract can be rewritten. */
export class SiteFleet {
  readonly dir: string;
  constructor(
    private readonly stack: Stack,
    private readonly name: string,
    first: Site,
  ) {
    this.dir = writeMicroFleet(stack.dir, name, { resources: '' });
    this.write(first);
  }

  write(site: Site): void {
    writeMicroFleet(this.stack.dir, this.name, {
      count: 1,
      resources: `      - file: /etc/init.d/web
        mode: "0755"
        content: |
          ${script.replaceAll('\n            ', '\n          ')}
      - file: /etc/web.conf
        content: |
          ${site.config}
        notify: reload web
      - command: make the document root
        run: mkdir -p /srv
        creates: /srv
      - file: /srv/index.html
        content: "${site.body ?? 'good'}"
${site.resources ?? ''}      - service: web`,
      verify: site.verify ?? '      - http: /\n        port: 80\n        status: 200\n        within: 10s',
      extra: `    publish: [80]\n${site.group ?? ''}`,
    });
  }

  run(...args: string[]): Promise<CliResult> {
    return this.stack.cli(args, { cwd: this.dir });
  }

  on(...argv: string[]): Promise<CliResult> {
    return this.run('exec', 'node-1', '--', ...argv);
  }

  async page(): Promise<{ status: number; body: string }> {
    const { stdout } = await this.run('status', '-o', 'json');
    const { urls } = JSON.parse(stdout) as { urls: { url: string }[] };
    const answer = await fetch(urls[0]?.url ?? 'no url is published');
    return { status: answer.status, body: (await answer.text()).trim() };
  }

  /** The run that waits, as its failure says. */
  runOf({ stdout, stderr }: CliResult): string {
    const run = `${stdout}${stderr}`.match(/millwright stop (\d+)/)?.[1];
    if (run === undefined) throw new Error(`no run is named:\n${stdout}${stderr}`);
    return run;
  }

  get manifest(): string {
    return readFileSync(join(this.dir, 'fleet.yaml'), 'utf8');
  }
  set manifest(text: string) {
    writeFileSync(join(this.dir, 'fleet.yaml'), text);
  }
}
