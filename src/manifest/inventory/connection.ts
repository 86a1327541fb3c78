import type { ManifestConnect } from '../types.js';
import { VAULTED } from './types.js';

/** How a host is reached, taken out of its variables. */
export interface HostConnection {
  readonly host: string;
  readonly port?: number;
  readonly connect: ManifestConnect;
  /** Key files: settings of the site's worker, not of the manifest. */
  readonly keyFile?: string;
  /** Variables that are used up. */
  readonly used: ReadonlySet<string>;
  readonly notes: readonly string[];
}

/** What Ansible asks for and Millwright has no use for. */
const needless =
  /^ansible_(python_interpreter|shell_type|shell_executable|pipelining|ssh_pipelining|remote_tmp)$/;
const secrets = /^ansible_(ssh_pass|password|become_pass|become_password|sudo_pass)$/;

export function connectionOf(name: string, vars: Readonly<Record<string, unknown>>): HostConnection {
  const notes: string[] = [];
  const all = Object.keys(vars).filter((key) => key.startsWith('ansible_'));
  const known = new Set(all.filter((key) => needless.test(key)));
  const take = (...keys: string[]): unknown => {
    for (const key of keys) if (key in vars) known.add(key);
    return keys.map((key) => vars[key]).find((value) => value !== undefined && value !== VAULTED);
  };
  const port = Number(take('ansible_port', 'ansible_ssh_port') ?? Number.NaN);
  const host = String(take('ansible_host', 'ansible_ssh_host') ?? name);
  const keyFile = take('ansible_ssh_private_key_file', 'ansible_private_key_file');
  const connect = {
    ...given('user', take('ansible_user', 'ansible_ssh_user', 'ansible_remote_user')),
    ...becomeOf(take, notes),
    ...viaOf(take, notes),
  };
  const passwords = all.filter((key) => secrets.test(key));
  if (passwords.length > 0)
    notes.push(
      `${passwords.join(', ')}: passwords stay out of a manifest; declare a secret and name it in connect.password`,
    );
  const rest = all.filter((key) => !known.has(key) && !secrets.test(key));
  if (rest.length > 0) notes.push(`${rest.join(', ')}: nothing here is like it`);
  return {
    host,
    ...(Number.isInteger(port) ? { port } : {}),
    connect,
    ...(typeof keyFile === 'string' ? { keyFile } : {}),
    ...{ used: new Set(all), notes },
  };
}

type Take = (...keys: string[]) => unknown;

const given = (key: 'user', value: unknown) => (typeof value === 'string' ? { [key]: value } : {});

function becomeOf(take: Take, notes: string[]): Pick<ManifestConnect, 'become'> {
  const wanted = take('ansible_become', 'ansible_sudo');
  const method = take('ansible_become_method') ?? 'sudo';
  const user = take('ansible_become_user') ?? 'root';
  if (wanted === undefined || /^(no|false|0)$/i.test(String(wanted))) return {};
  if (user !== 'root')
    notes.push(`ansible_become_user ${user}: steps run as root, and "as" names another user`);
  if (method === 'sudo' || method === 'doas') return { become: method };
  notes.push(`ansible_become_method ${method}: root is had by sudo or doas`);
  return {};
}

/** `-J a,b` and `-o ProxyJump=a,b`; anything else belongs into ~/.ssh/config. */
function viaOf(take: Take, notes: string[]): Pick<ManifestConnect, 'via'> {
  const args = ['ansible_ssh_common_args', 'ansible_ssh_extra_args'].map((key) => take(key)).filter(Boolean);
  const text = args.join(' ').trim();
  if (text === '') return {};
  const found = /^(?:-J\s*|-o\s*["']?ProxyJump[= ])([^\s"']+)["']?$/.exec(text);
  if (found?.[1]) return { via: found[1].split(',') };
  notes.push(`ssh arguments "${text}": write them into ~/.ssh/config of the site's worker`);
  return {};
}
