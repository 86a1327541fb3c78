import { fileURLToPath } from 'node:url';
import { directoryStore } from './directory.js';
import { badUrl } from './errors.js';
import type { MigratableStore } from './port.js';
import { postgresStore, withoutPassword } from './postgres.js';

/** Opens `dir:///absolute/path` or `postgres://user@host/database`; connects lazily. Throws MW-STORE-URL. */
export function openStore(url: string): MigratableStore {
  if (!URL.canParse(url)) throw badUrl(JSON.stringify(url));
  const { protocol, host } = new URL(url);
  if (protocol === 'dir:' && host === '') return directoryStore(pathOf(url));
  if (protocol === 'postgres:' || protocol === 'postgresql:') return postgresStore(url);
  throw badUrl(withoutPassword(url));
}

function pathOf(url: string): string {
  const path = fileURLToPath(url.replace(/^dir:/, 'file:'));
  if (path === '/') throw badUrl(url);
  return path;
}
