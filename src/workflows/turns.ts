import { CancellationScope, condition } from '@temporalio/workflow';

type Release = () => void;

/** Each workflow has a module of its own. */
const events: Release[] = [];
const messages: Release[] = [];
let isGoing = false;
let isAlone = false;

/** Called before the jobs of an activation are worked on. One event alone, as most are, waits for nothing: a look at conditions is dear. */
export function begin(isOneEvent: boolean): void {
  isAlone = isOneEvent;
}

/**
 * What follows of an event runs to its end before what follows of the next one begins, and what follows of messages comes
 * last. Temporal may hand over events one by one or together (a query that waited brings some early), and a message
 * before what came before it (to a worker that begins in the middle): what a workflow does must not depend on it.
 */
export function inTurn<T>(event: Promise<T>): Promise<T> {
  return event.then(
    (value) => turn(events).then(() => value),
    (error: unknown) =>
      turn(events).then(() => {
        throw error;
      }),
  );
}

/** Hands over a message once all else that came with it, and messages before it, have been followed up. */
export function afterAllElse(act: () => void): void {
  void turn(messages).then(act);
}

function turn(queue: Release[]): Promise<void> {
  if (isAlone) return Promise.resolve();
  const released = new Promise<void>((release) => {
    queue.push(release);
  });
  if (!isGoing) void CancellationScope.nonCancellable(goOn);
  return released;
}

async function goOn(): Promise<void> {
  isGoing = true;
  // Until every job of this activation has been handed over.
  await Promise.resolve();
  await nextLook();
  for (;;) {
    const next = events.shift() ?? messages.shift();
    if (next === undefined) break;
    next();
    await settled();
  }
  isGoing = false;
}

/** Conditions that what was released makes true are looked at once, and lead on, before the second look is over. */
const looks = 2;

async function settled(): Promise<void> {
  for (let n = 0; n < looks; n++) await nextLook();
}

/** Conditions are looked at when nothing else is left to do: once when they are made, then each time. */
function nextLook(): Promise<void> {
  let looked = false;
  return condition(() => {
    const before = looked;
    looked = true;
    return before;
  });
}
