import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { InstanceInfo } from '../../../src/model/index.js';
import type { Provider } from '../../../src/providers/port.js';

const run = promisify(execFile);
const PATIENCE_MS = 180_000;

/** A login key of the test and a way to use it with the real OpenSSH client. */
export class Operator {
  private constructor(private readonly dir: string) {}

  static async create(): Promise<Operator> {
    const operator = new Operator(mkdtempSync(join(tmpdir(), 'mw-operator-')));
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', operator.keyFile]);
    return operator;
  }

  private get keyFile(): string {
    return join(this.dir, 'id');
  }

  get publicKey(): string {
    return readFileSync(`${this.keyFile}.pub`, 'utf8').trim();
  }

  /** Waits until the machine answers, trusts the host key it was made with and nothing else, and runs a command. */
  async run(provider: Provider, machine: InstanceInfo, command: string): Promise<string> {
    const { host, port } = await provider.reach(machine.instance, 22);
    const knownHosts = join(this.dir, `known-${port}`);
    writeFileSync(knownHosts, `[${host}]:${port} ${machine.hostKey}\n`);
    const options = [
      'BatchMode=yes',
      'StrictHostKeyChecking=yes',
      `UserKnownHostsFile=${knownHosts}`,
      'ConnectTimeout=60',
    ].flatMap((option) => ['-o', option]);
    await banner(host, port);
    const args = ['-q', ...options, '-i', this.keyFile, '-p', String(port), `root@${host}`, command];
    return (await run('ssh', args)).stdout.trim();
  }
}

/** QEMU's forward accepts before the guest listens: only a banner proves that somebody is there. */
async function banner(host: string, port: number): Promise<void> {
  for (let waited = 0; waited < PATIENCE_MS; waited += 1000) {
    if (await greets(host, port)) return;
    await sleep(200);
  }
  throw new Error(`no SSH banner from ${host}:${port}`);
}

const greets = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, host);
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => end(false));
    socket.once('data', (data) => end(data.toString('latin1').startsWith('SSH-')));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
  });
