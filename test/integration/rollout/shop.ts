import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fleetUid } from '../../support/fleet.js';
import type { CliResult, Stack } from '../../support/stack.js';

/** A restart leaves a second in which nothing listens: whoever sends a request then sees it fail. */
const script = `#!/bin/sh
pid=/run/web.pid
alive() { [ -s $pid ] && kill -0 "$(cat $pid)" 2>/dev/null; }
case $1 in
  start) alive || { busybox httpd -f -p "$(cat /etc/web.conf)" -h /srv & echo $! > $pid; } ;;
  stop) ! alive || kill "$(cat $pid)"; rm -f $pid ;;
  restart) $0 stop; sleep 1; $0 start ;;
  status) alive || { echo "web is stopped"; exit 3; }; echo "web is running" ;;
esac
`;

/** A failed request is never tried again at another server, and no health check hides a server that is away. */
const haproxy = `global
  stats socket /run/haproxy/admin.sock mode 600 level admin
defaults
  mode http
  retries 0
  timeout connect 10s
  timeout client 30s
  timeout server 30s
frontend front
  bind :80
  http-response set-header X-Server %s
  default_backend web
backend web
  balance roundrobin
${[1, 2, 3, 4].map((n) => `  server web-${n} 10.77.0.2${n - 1}:80`).join('\n')}
backend pool
  server pool-1 127.0.0.1:9
`;

export interface Shop {
  /** What every machine of web answers with; the one of pool always says `spare`. */
  readonly page: string;
  /** Where the server of web listens; anything but 80 does not pass its verification. */
  readonly port?: number;
  /** How many of web there are; four where nothing is said. */
  readonly count?: number;
  /** Sections and attributes of web that say how a change spreads, each with its indentation. */
  readonly rollout?: string;
  readonly sections?: string;
}

/** Takes a machine out of the balancer, and puts it back; the balancer keeps a list of both. */
const around = (backend: string): string => `    around:
      drain:
        at: lb-1
        run: |
          echo "drain $MACHINE" >> /var/log/around
          echo "set server ${backend}/$MACHINE state drain" | socat - /run/haproxy/admin.sock
        settle: 2s
      restore:
        at: lb-1
        run: |
          echo "restore $MACHINE" >> /var/log/around
          echo "set server ${backend}/$MACHINE state ready" | socat - /run/haproxy/admin.sock
`;

const fleet = ({ page, port = 80, count = 4, rollout = '', sections = '' }: Shop): string => `version: 1
fleet: rollout
uid: ${fleetUid('rollout')}
sites: {main: {provider: qemu}}
images:
  micro: {build: micro}
  balancer: {build: {suite: bookworm, include: [haproxy, socat]}}
networks:
  shop: {cidr: 10.77.0.0/24}
configs:
  web:
    vars: {port: 80, page: spare}
    resources:
      - file: /etc/init.d/web
        mode: "0755"
        source: files/web.sh
      - file: /etc/web.conf
        content: "\${{ vars.port }}"
        notify: restart web
      - command: make the document root
        run: mkdir -p /srv
        creates: /srv
      - file: /srv/index.html
        content: "\${{ vars.page }}"
        notify: restart web
      - file: /etc/motd
        content: "managed by Millwright"
      - service: web
    verify:
      - http: /
        port: 80
        status: 200
        within: 15s
  lb:
    resources:
      - file: /etc/haproxy/haproxy.cfg
        source: files/haproxy.cfg
        validate: haproxy -c -f {new}
        notify: restart haproxy
      - service: haproxy
    verify:
      - tcp: 80
        from: inside
defaults: {site: main, image: micro, size: {cpus: 1, memory: 128MiB, disk: 256MiB}}
${sections}groups:
  lb:
    count: 1
    image: balancer
    size: {cpus: 2, memory: 384MiB, disk: 2GiB}
    addresses: {shop: 10.77.0.5}
    publish: [80]
    config: lb
  web:
    count: ${count}
    addresses: {shop: 10.77.0.20}
    config: web
    vars: {port: ${port}, page: ${page}}
${rollout}${around('web')}  pool:
    count: 1
    publish: [80]
    config: web
    rollout: {surge: 1}
${around('pool')}environments:
  dev:
    default: true
    rules: {cleanCommit: false}
`;

/** Four web machines behind a real haproxy, and one of a pool that is replaced with surge, as a fleet that can be rewritten. */
export class ShopFleet {
  readonly dir: string;
  constructor(private readonly stack: Stack) {
    this.dir = join(stack.dir, 'shop');
    mkdirSync(join(this.dir, 'files'), { recursive: true });
    writeFileSync(join(this.dir, 'files/web.sh'), script);
    writeFileSync(join(this.dir, 'files/haproxy.cfg'), haproxy);
  }

  write(shop: Shop): void {
    writeFileSync(join(this.dir, 'fleet.yaml'), fleet(shop));
  }

  run(...args: string[]): Promise<CliResult> {
    return this.stack.cli(args, { cwd: this.dir });
  }

  async json<T>(...args: string[]): Promise<T> {
    const { stdout, stderr } = await this.run(...args, '-o', 'json');
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout) as T;
  }

  /** What a command at a machine prints. */
  async on(machine: string, script: string): Promise<string> {
    return (await this.run('exec', machine, '--', 'sh', '-c', script)).stdout;
  }

  /** Loopback address under which a machine's port 80 can be reached. */
  async url(machine: string): Promise<string> {
    const { urls } = await this.json<{ urls: { machine: string; url: string }[] }>('status');
    return urls.find((one) => one.machine === machine)?.url ?? 'no url is published';
  }

  /** Servers that haproxy sends no new requests to. */
  async drained(): Promise<string[]> {
    const state = await this.on('lb-1', 'echo "show servers state" | socat - /run/haproxy/admin.sock');
    return [...state.matchAll(/^(?:.*\s)?\d+ \S+ \d+ ((?:web|pool)-\d) \S+ \d+ (\d+) /gm)]
      .filter(([, , admin]) => admin !== '0')
      .map(([, name = '']) => name);
  }

  /** Every drain and restore so far, in order. */
  async surroundings(): Promise<string[]> {
    return [...(await this.on('lb-1', 'cat /var/log/around')).matchAll(/(?:drain|restore) \S+-\d/g)].map(
      ([line]) => line,
    );
  }
}
