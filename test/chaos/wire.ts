import { connect, createServer, type Server, type Socket } from 'node:net';
import { MillwrightError } from '../../src/model/index.js';

/** Calls between a worker process and the simulated world: one JSON line each, over a unix socket. */
type Message =
  | { readonly id: number; readonly method: string; readonly args: unknown }
  | { readonly id: number; readonly abort: true }
  | { readonly id: number; readonly line: string }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: WireError };

interface WireError {
  readonly message: string;
  readonly info?: MillwrightError['info'];
  readonly retryable?: boolean;
}

export interface Served {
  /** Aborts when the caller gives the call up, or dies. */
  readonly signal: AbortSignal;
  /** Which connection it came over. */
  readonly peer: number;
  line(text: string): void;
}
export type Handler = (method: string, args: unknown, served: Served) => Promise<unknown>;

export function serve(path: string, handler: Handler, left: (peer: number) => void): Promise<Server> {
  let peers = 0;
  const server = createServer((socket) => {
    const peer = ++peers;
    const calls = new Map<number, AbortController>();
    listen(socket, (message) => void answer(socket, peer, calls, handler, message));
    socket.on('close', () => {
      for (const call of calls.values()) call.abort(new Error('the worker died'));
      left(peer);
    });
  });
  return new Promise((resolve) => server.listen(path, () => resolve(server)));
}

async function answer(
  socket: Socket,
  peer: number,
  calls: Map<number, AbortController>,
  handler: Handler,
  message: Message,
): Promise<void> {
  const { id } = message;
  if ('abort' in message) return calls.get(id)?.abort(new Error('given up'));
  if (!('method' in message)) return;
  const call = new AbortController();
  calls.set(id, call);
  const line = (text: string) => send(socket, { id, line: text });
  try {
    const result = await handler(message.method, message.args, { signal: call.signal, peer, line });
    // JSON has no undefined, and a reply without a result would be none.
    send(socket, { id, result: result ?? null });
  } catch (error) {
    send(socket, { id, error: wired(error) });
  } finally {
    calls.delete(id);
  }
}

function wired(error: unknown): WireError {
  if (error instanceof MillwrightError)
    return { message: error.message, info: error.info, retryable: error.retryable };
  return { message: error instanceof Error ? error.message : String(error) };
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: unknown): void;
  line?(text: string): void;
}

/** The worker's end. */
export class Wire {
  private readonly waiting = new Map<number, Waiting>();
  private last = 0;

  private constructor(private readonly socket: Socket) {
    listen(socket, (message) => this.take(message));
  }

  static open(path: string): Promise<Wire> {
    return new Promise((resolve, reject) => {
      const socket = connect(path, () => resolve(new Wire(socket)));
      socket.on('error', reject);
    });
  }

  onClose(then: () => void): void {
    this.socket.on('close', then);
  }

  call<T>(
    method: string,
    args: unknown,
    options: { readonly signal?: AbortSignal; readonly onLine?: (line: string) => void } = {},
  ): Promise<T> {
    const id = ++this.last;
    const { signal, onLine } = options;
    return new Promise<T>((resolve, reject) => {
      const giveUp = () => {
        send(this.socket, { id, abort: true });
        this.waiting.delete(id);
        reject(signal?.reason);
      };
      const done = () => signal?.removeEventListener('abort', giveUp);
      if (signal?.aborted) return reject(signal.reason);
      signal?.addEventListener('abort', giveUp, { once: true });
      this.waiting.set(id, {
        resolve: (result) => {
          done();
          resolve(result as T);
        },
        reject: (error) => {
          done();
          reject(error);
        },
        line: onLine,
      });
      send(this.socket, { id, method, args });
    });
  }

  private take(message: Message): void {
    const waiting = this.waiting.get(message.id);
    if (waiting === undefined) return;
    if ('line' in message) {
      waiting.line?.(message.line);
      return;
    }
    this.waiting.delete(message.id);
    if ('result' in message) waiting.resolve(message.result);
    if ('error' in message) waiting.reject(unwired(message.error));
  }
}

const unwired = ({ message, info, retryable }: WireError): Error =>
  info === undefined ? new Error(message) : new MillwrightError(info, retryable ?? false);

function send(socket: Socket, message: Message): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}

function listen(socket: Socket, take: (message: Message) => void): void {
  let part = '';
  socket.setEncoding('utf8');
  socket.on('error', () => undefined);
  socket.on('data', (text: string) => {
    const lines = (part + text).split('\n');
    part = lines.pop() ?? '';
    for (const line of lines) take(JSON.parse(line) as Message);
  });
}
