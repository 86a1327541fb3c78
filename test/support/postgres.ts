import { execFile } from 'node:child_process';
import { chown, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);

export interface PostgresCluster {
  readonly port: number;
  /** Of its first process, whose children all others are. */
  readonly pid: number;
  /** Makes an empty database of its own and gives its URL, `postgres://postgres@127.0.0.1:PORT/NAME`. */
  database(): Promise<string>;
  /** Stops the server and removes its files. */
  stop(): Promise<void>;
}

/** Tests need no data that outlives a power cut. */
const forTests = ['fsync=off', 'max_connections=40'];

/** A real PostgreSQL server on a free loopback port with its files in a temporary directory. */
export async function startPostgres(settings: readonly string[] = forTests): Promise<PostgresCluster> {
  const bin = await newestBin();
  // Short and outside of TMPDIR: a socket path has a limit of 107 bytes.
  const dir = await mkdtemp('/tmp/mwpg-');
  const as = await serverUser();
  if (as) await chown(dir, as.uid, as.gid);
  const data = join(dir, 'data');
  const command = (name: string, ...args: string[]) => run(join(bin, name), args, { ...as, cwd: dir });
  await command('initdb', '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--no-sync', '-D', data);
  const port = await freePort();
  const more = settings.map((one) => `-c ${one}`).join(' ');
  const server = `-p ${port} -k ${dir} -c listen_addresses=127.0.0.1 ${more}`;
  await command('pg_ctl', '-w', '-D', data, '-l', join(dir, 'log'), '-o', server, 'start');
  const url = (name: string) => `postgres://postgres@127.0.0.1:${port}/${name}`;
  const pid = Number((await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n')[0]);
  let count = 0;
  return {
    ...{ port, pid },
    async database() {
      const name = `test${++count}`;
      await query(url('postgres'), `create database ${name}`);
      return url(name);
    },
    async stop() {
      await command('pg_ctl', '-w', '-m', 'immediate', '-D', data, 'stop');
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

async function newestBin(): Promise<string> {
  const root = '/usr/lib/postgresql';
  const versions = (await readdir(root)).sort((a, b) => Number(b) - Number(a));
  if (!versions[0]) throw new Error(`no PostgreSQL server under ${root}: apt-get install postgresql`);
  return join(root, versions[0], 'bin');
}

/** PostgreSQL refuses to run as root; the Debian package made user postgres. */
async function serverUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const id = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
