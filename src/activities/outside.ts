import { connect } from 'node:net';
import type { Evidence, InstanceInfo, VerifyHttp, VerifyTcp } from '../model/index.js';
import type { Endpoint } from '../providers/port.js';
import { pause } from './attempt.js';
import type { SiteDeps } from './deps.js';
import { sshTarget } from './machine.js';

const pauseMs = 500;
/** A forwarded port accepts before the guest listens, and is closed at once when nobody does. */
const holdsMs = 300;
const answerMs = 5_000;

export type OutsideCheck = VerifyTcp | VerifyHttp;
type Way = Pick<InstanceInfo, 'instance' | 'hostKey' | 'connection'>;

/** Tries a check from the site's worker until it holds or its time is over. */
export async function checkOutside(
  deps: SiteDeps,
  info: Way,
  check: OutsideCheck,
  signal: AbortSignal,
): Promise<Evidence> {
  const deadline = Date.now() + check.withinMs;
  for (;;) {
    const endpoint = await reach(deps, info, check.port);
    const { ok, value } = await probe(endpoint, check, signal).finally(() => endpoint.release());
    if (ok || Date.now() >= deadline) return { source: check.id, ok, value, at: new Date().toISOString() };
    await pause(pauseMs, signal);
  }
}

/** Behind jump hosts a port is reached through them. */
async function reach(deps: SiteDeps, info: Way, port: number): Promise<Endpoint> {
  if (!info.connection) return deps.provider.reach(info.instance, port);
  return deps.ssh.forward(await sshTarget(deps, info), port);
}

interface Probed {
  readonly ok: boolean;
  readonly value: string;
}

const probe = (endpoint: Endpoint, check: OutsideCheck, signal: AbortSignal): Promise<Probed> =>
  check.type === 'tcp' ? probeTcp(endpoint) : probeHttp(endpoint, check, signal);

function probeTcp({ host, port }: Endpoint): Promise<Probed> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: answerMs });
    const answer = (ok: boolean, value: string) => () => {
      clearTimeout(holds);
      socket.destroy();
      resolve({ ok, value });
    };
    let holds: NodeJS.Timeout | undefined;
    socket.once('connect', () => {
      holds = setTimeout(answer(true, 'accepts connections'), holdsMs);
    });
    socket.once('data', answer(true, 'accepts connections and speaks'));
    socket.once('close', answer(false, 'closed at once: nobody listens'));
    socket.once('timeout', answer(false, `no answer within ${answerMs} ms`));
    socket.once('error', (error) => answer(false, error.message)());
  });
}

async function probeHttp({ host, port }: Endpoint, check: VerifyHttp, signal: AbortSignal): Promise<Probed> {
  try {
    const answer = await fetch(`http://${host}:${port}${check.path}`, {
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
    });
    await answer.body?.cancel();
    return {
      ok: answer.status === check.status,
      value: `answered ${answer.status}, expected ${check.status}`,
    };
  } catch (error) {
    signal.throwIfAborted();
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { ok: false, value: cause instanceof Error ? cause.message : String(cause) };
  }
}
