import type { Server } from 'node:net';
import type { Provider } from '../../src/providers/port.js';
import { callExec, callProvider, callRecord, type ExecCall, machineOf, withFault } from './calls.js';
import { scheduleOf } from './names.js';
import type { RecentStore } from './store.js';
import type { Truth } from './truth.js';
import { type Handler, type Served, serve } from './wire.js';
import type { Attempt, World } from './world.js';

/** One schedule as the workers' calls find it. */
export interface Stage {
  readonly world: World;
  readonly truth: Truth;
  readonly provider: Provider;
}

export interface Backstage {
  readonly store: RecentStore;
  readonly stages: Map<number, Stage>;
  /** A worker said who it is; whether one must die now. */
  hello(peer: number, pid: number): void;
  /** It polls from now on. */
  ready(): void;
  mayKill(peer: number, stage: Stage): void;
  log(text: string): void;
}

/** The world's end of the wire: what simulated sites, machines, store and record answer to worker processes. */
export function openStage(path: string, backstage: Backstage): Promise<Server> {
  const alive = new Map<number, Set<string>>();
  const handler: Handler = async (method, args, served) => {
    const call = args as Record<string, unknown>;
    if (method.startsWith('store.')) return inStore(backstage.store, method, String(call.text ?? ''));
    if (method === 'hello') return backstage.hello(served.peer, Number(call.pid));
    if (method === 'ready') return backstage.ready();
    if (method === 'log') return backstage.log(String(call.text));
    // Ids of what a scan begins name no schedule; the attempt on whose behalf it does does.
    const schedule = scheduleOf(String(call.of)) ?? scheduleOf(String(call.key));
    const stage = schedule === undefined ? undefined : backstage.stages.get(schedule);
    if (stage === undefined) throw new Error(`${method}: schedule ${schedule} is over`);
    if (method === 'attempt') return begin(backstage, stage, call as unknown as Attempt, served, alive);
    if (method === 'gone') return gone(stage, served.peer, String(call.key), alive);
    return inWorld(stage, method, call, served);
  };
  const left = (peer: number): void => {
    for (const key of alive.get(peer) ?? []) {
      const stage = backstage.stages.get(scheduleOf(key) ?? -1);
      if (stage !== undefined) stage.world.zombies--;
    }
    alive.delete(peer);
  };
  return serve(path, handler, left);
}

function begin(
  backstage: Backstage,
  stage: Stage,
  attempt: Attempt,
  { peer }: Served,
  alive: Map<number, Set<string>>,
): unknown {
  const fate = stage.world.fate(attempt);
  if (stage.world.strays.has(fate.key)) {
    stage.world.zombies++;
    alive.set(peer, (alive.get(peer) ?? new Set()).add(fate.key));
  }
  backstage.mayKill(peer, stage);
  return fate;
}

function gone({ world }: Stage, peer: number, key: string, alive: Map<number, Set<string>>): void {
  if (alive.get(peer)?.delete(key)) world.zombies--;
}

async function inStore(store: RecentStore, method: string, text: string): Promise<unknown> {
  if (method === 'store.put') return store.put(text);
  if (method === 'store.get') return Buffer.from(await store.get(text)).toString('utf8');
  return store.has(text);
}

interface WorldCall {
  readonly of: string;
  readonly key: string;
  readonly args: readonly unknown[];
}

function inWorld(
  { world, truth, provider }: Stage,
  method: string,
  call: Record<string, unknown>,
  served: Served,
): unknown {
  const { of, key, args } = call as unknown as WorldCall;
  const machine = machineOf(of);
  if (method.startsWith('record.')) return callRecord(world, truth, key, method.slice(7), args);
  if (method === 'ssh.exec')
    return withFault(world, key, machine, method, async () =>
      callExec(world, truth, key, args[0] as ExecCall, served),
    );
  if (method === 'ssh.upload')
    return withFault(world, key, machine, method, async () => {
      const [path, text] = args as [string, string];
      const vm = world.site.vms.get(of);
      await vm?.target.session().upload(path, Buffer.from(text), '0600');
    });
  return withFault(world, key, machine, method, () => {
    const attempt = world.attemptOf(key);
    if (attempt?.activity === 'scan') world.watch.looks(attempt, machine, method);
    return callProvider(provider, method, args, served);
  });
}
