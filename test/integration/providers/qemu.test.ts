import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { createQemuProvider } from '../../../src/providers/qemu/index.js';
import { Attempt } from './attempt.js';
import { providerContract, type Subject } from './contract.js';
import { qemuPids, temporarySite } from './site.js';

const creator = fileURLToPath(new URL('./creator.ts', import.meta.url));

providerContract('qemu', async (): Promise<Subject> => {
  const { remove, ...site } = temporarySite();
  const pids = (instance: string) => qemuPids(site.stateDir, instance);
  return {
    provider: createQemuProvider(site),
    fleetUid: randomUUID(),
    shape: (extra) => ({
      cpus: 1,
      memoryMiB: 128,
      diskMiB: 128,
      image: { name: 'micro', kind: 'micro' },
      disks: [],
      nics: [],
      publish: [],
      ...extra,
    }),
    creator: async () => {
      const attempt = await Attempt.prepare(creator, 'create');
      return Object.assign(attempt, {
        ask: (request: object) => Attempt.prototype.ask.call(attempt, { site, request }),
      });
    },
    processes: async (instance) => (await pids(instance)).length,
    crash: async (instance) => {
      for (const pid of await pids(instance)) process.kill(pid, 'SIGKILL');
      await expect.poll(async () => (await pids(instance)).length).toBe(0);
    },
    dispose: remove,
  };
});
