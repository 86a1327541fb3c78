import { appendFileSync } from 'node:fs';
import { DefaultLogger, type LogEntry, Runtime } from '@temporalio/worker';

let installed = false;

/**
 * The machine log of this process, one JSON object a line: to `file`, else to standard error. Fields, never sentences
 * with values in them; secrets never come this far.
 */
export function installLog(options: {
  readonly file?: string;
  readonly level?: 'DEBUG' | 'INFO' | 'WARN';
}): void {
  if (installed) return;
  installed = true;
  const write = (text: string): void => {
    if (options.file === undefined) process.stderr.write(text);
    else appendFileSync(options.file, text);
  };
  Runtime.install({
    logger: new DefaultLogger(options.level ?? 'WARN', (entry) => write(`${JSON.stringify(line(entry))}\n`)),
    telemetryOptions: { logging: { forward: {}, filter: 'warn' } },
    // Whoever runs us decides what an interrupt means.
    shutdownSignals: [],
  });
}

const line = ({ level, message, timestampNanos, meta }: LogEntry) => ({
  time: new Date(Number(timestampNanos / 1_000_000n)).toISOString(),
  level,
  message,
  ...plain(meta),
});

function plain(meta: LogEntry['meta']): Record<string, unknown> {
  const fields = Object.entries(meta ?? {}).filter(([key]) => typeof key === 'string' && key !== 'taskToken');
  return Object.fromEntries(
    fields.map(([key, value]) => [key, value instanceof Error ? (value.stack ?? value.message) : value]),
  );
}
