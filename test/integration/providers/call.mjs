// A process of its own that calls a provider: `node call.mjs MODULE EXPORT`, then one request per line of input.
import { createInterface } from 'node:readline';
import { runnerImport } from 'vite';

const [file, name] = process.argv.slice(2);
const { module } = await runnerImport(file, { configFile: false, logLevel: 'error' });
process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const answer = await module[name](JSON.parse(line)).then(
    (value) => ({ value }),
    (error) => ({ code: error.info?.code ?? 'crash', message: error.stack }),
  );
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
