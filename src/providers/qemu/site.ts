import { mkdir, readFile, realpath } from 'node:fs/promises';
import { hostname } from 'node:os';
import { sha256Hex } from '../../model/index.js';
import type { Accelerator } from './accelerator.js';
import { failure } from './fail.js';
import { readText, writeOnce } from './files.js';
import { type Layout, layoutOf } from './layout.js';

/** A site opened on its host. */
export interface Site {
  readonly name: string;
  readonly layout: Layout;
  readonly accelerator: Accelerator | 'auto';
}

export interface SiteOptions {
  readonly stateDir: string;
  readonly imagesDir?: string;
  readonly site: string;
  readonly accelerator?: Accelerator | 'auto';
}

interface SiteRecord {
  readonly site: string;
  readonly host: string;
}

/** A socket's path has at most 107 bytes, and `/instances/<16 digits>/qmp-2.sock` comes after it. */
const STATE_PATH_LIMIT = 68;

/** Opens the state directory; refuses that of another site or, copied or mounted, of another host. */
export async function openSite(options: SiteOptions): Promise<Site> {
  await mkdir(options.stateDir, { recursive: true, mode: 0o700 });
  const layout = layoutOf(await realpath(options.stateDir), options.imagesDir);
  if (layout.state.length > STATE_PATH_LIMIT) throw tooLong(layout);
  await mkdir(layout.instances, { recursive: true, mode: 0o700 });
  const here: SiteRecord = { site: options.site, host: await hostId() };
  await writeOnce(layout.site, `${JSON.stringify(here)}\n`);
  const owner = JSON.parse((await readText(layout.site)) ?? '{}') as Partial<SiteRecord>;
  if (owner.site !== here.site) throw otherSite(layout, owner, here);
  if (owner.host !== here.host) throw otherHost(layout, owner, here);
  return { name: options.site, layout, accelerator: options.accelerator ?? 'auto' };
}

async function hostId(): Promise<string> {
  const machine = (await readFile('/etc/machine-id', 'utf8').catch(() => '')).trim();
  return sha256Hex(`host:${machine || hostname()}`).slice(0, 16);
}

const otherSite = (layout: Layout, owner: Partial<SiteRecord>, here: SiteRecord) =>
  failure('MW-SITE-OTHER', `${layout.state} belongs to site ${owner.site}, not to ${here.site}`, {
    remedy: 'give every site a state directory of its own',
  });

const otherHost = (layout: Layout, owner: Partial<SiteRecord>, here: SiteRecord) =>
  failure('MW-SITE-HOST', `${layout.state} belongs to host ${owner.host}; this one is ${here.host}`, {
    remedy: 'run the worker of this site on the host that has its machines',
  });

const tooLong = ({ state }: Layout) =>
  failure(
    'MW-SITE-PATH',
    `the state directory ${state} has ${state.length} characters; sockets allow ${STATE_PATH_LIMIT}`,
    {
      remedy: 'set `state` in the settings file to a shorter path',
    },
  );
