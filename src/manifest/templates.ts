export type TemplateFiles = Readonly<Record<string, string>>;

export interface TemplateValues {
  readonly fleet: string;
  readonly uid: string;
  readonly keys: readonly string[];
  /** Of the template of machines that exist already. */
  readonly machines?: Readonly<Record<string, TemplateMachine>>;
}

/** A machine that exists already, with the host key that somebody vouched for. */
export interface TemplateMachine {
  readonly host: string;
  readonly port?: number;
  readonly user?: string;
  readonly hostKey: string;
}

/** One Debian web server, and room to grow. */
export function web(values: TemplateValues): TemplateFiles {
  return {
    'fleet.yaml': `${head(values)}${people(values)}
sites:
  main: {provider: qemu}

images:
  debian12: {build: {suite: bookworm}}

networks:
  internal: {cidr: 10.78.0.0/24}

vars: {greeting: It works}

configs:
  web:
    include: [base]
    resources:
      - package: nginx-light
      - link: /etc/nginx/sites-enabled/default
        absent: true # else Debian's own site answers
        notify: reload nginx
      - file: /etc/nginx/conf.d/web.conf
        template: files/web.conf
        validate: nginx -t
        notify: reload nginx
      - service: nginx
    verify:
      - http: /healthz
        port: 80
        status: 200
        within: 30s

defaults: {site: main, image: debian12}

groups:
  web:
    count: 1
    size: {cpus: 1, memory: 384MiB, disk: 2GiB}
    addresses: {internal: 10.78.0.10}
    config: web
    publish: [80]
${environments}`,
    'configs/base.yaml': base(values),
    'files/web.conf': nginxConf,
  };
}

/** One machine of busybox, up in seconds: to try Millwright, not to run anything. */
export function micro(values: TemplateValues): TemplateFiles {
  return {
    'fleet.yaml': `${head(values)}
sites:
  main: {provider: qemu}

images:
  micro: {build: micro}

defaults: {site: main, image: micro}

groups:
  micro:
    count: 1
    size: {cpus: 1, memory: 128MiB, disk: 256MiB}
    config: base
${environments}`,
    'configs/base.yaml': `configs:\n  base:\n    resources:\n${motd}`,
  };
}

/** Machines that exist already: looked at first, changed when somebody says so. */
export function existing(values: TemplateValues): TemplateFiles {
  const machines = Object.entries(values.machines ?? {});
  return {
    'fleet.yaml': `${head(values)}
sites:
  existing: {provider: static}

groups:
  machines:
    site: existing
    config: base
    machines:${machines.length === 0 ? ' {}\n' : `\n${machines.map(([name, one]) => machineLines(name, one)).join('')}`}${environments}`,
    'configs/base.yaml': `configs:\n  base:\n    resources:\n${motd}`,
  };
}

function machineLines(name: string, { host, port, user, hostKey }: TemplateMachine): string {
  const root =
    user === 'root' ? '{user: root}' : `{${user === undefined ? '' : `user: ${user}, `}become: sudo}`;
  return `      ${name}:
        host: ${JSON.stringify(host)}
${port === undefined ? '' : `        port: ${port}\n`}        hostKey: ${JSON.stringify(hostKey)}
        connect: ${root}
`;
}

const head = ({
  fleet,
  uid,
}: TemplateValues): string => `# yaml-language-server: $schema=./.millwright/fleet.schema.json
version: 1
fleet: ${JSON.stringify(fleet)}
uid: ${uid} # part of every id: never change it
include: [configs/base.yaml]
`;

function people({ keys }: TemplateValues): string {
  if (keys.length === 0) return '';
  const lines = keys.map((key) => `      - ${JSON.stringify(key)}\n`);
  return `\npeople:\n  me:\n    keys:\n${lines.join('')}`;
}

const environments = `
environments:
  dev:
    default: true
    rules: {cleanCommit: false} # uncommitted changes may run here
  prod:
    rules: {cleanCommit: true, destroy: confirm}
`;

const motd = `      - file: /etc/motd
        content: |
          \${{ fleet }}/\${{ environment }} \${{ machine.name }}: managed by Millwright, changes here are reverted
`;

function base({ keys }: TemplateValues): string {
  const user =
    keys.length === 0 ? '' : '      - user: deploy\n        shell: /bin/bash\n        keysOf: [me]\n';
  return `configs:\n  base:\n    resources:\n${user}${motd}      - hosts: fleet\n`;
}

const nginxConf = `server {
    listen 80 default_server;

    location = /healthz {
        default_type text/plain;
        return 200 "ok\\n";
    }
    location / {
        default_type text/plain;
        return 200 "\${{ vars.greeting }}, says \${{ machine.name }}.\\n";
    }
}
`;
