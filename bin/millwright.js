#!/usr/bin/env node
import { readFileSync } from 'node:fs';

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const oldest = Number(engines.node.match(/\d+/)[0]);
if (Number.parseInt(process.versions.node, 10) < oldest) {
  console.error(
    `Node ${process.versions.node} is too old: Millwright needs ${oldest} or later. Type bin/millwright: it uses the Node that set-up has brought.`,
  );
  process.exit(2);
}
await import('../dist/cli/main.js');
