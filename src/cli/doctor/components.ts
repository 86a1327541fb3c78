import { accelerator } from './accelerator.js';
import { ansible } from './ansible.js';
import { attributes, temporalServer, workers } from './engine.js';
import { orphans } from './orphans.js';
import { pip } from './pip.js';
import { policy } from './policy.js';
import { programs } from './programs.js';
import { record, store } from './record.js';
import { freeDisk, stateDirectory } from './state.js';
import { temporalCli } from './temporal.js';
import type { Component } from './types.js';

/** What must be in place before anything can run, in the order in which it is put there. */
export const setUp: readonly Component[] = [
  stateDirectory,
  freeDisk,
  pip,
  ...programs,
  temporalCli,
  accelerator,
  ansible,
];

/** What runs, as far as it can be asked. */
export const running: readonly Component[] = [
  record,
  store,
  policy,
  temporalServer,
  attributes,
  workers,
  orphans,
];
