import type { Step } from '../model/index.js';
import { factKey, flag, makeStep } from './step.js';
import { assertName } from './text.js';
import type { ResolvedCommon } from './types.js';

export interface ResolvedKernelModule extends ResolvedCommon {
  readonly type: 'kernelModule';
  readonly kernelModule: string;
  readonly absent: boolean;
}

/** facts: /sys/module, the file's text. apply: modprobe, and the file for the next boot. undo: both as they were. */
export function compileKernelModule(resource: ResolvedKernelModule): Step {
  const { id, kernelModule: name, absent } = resource;
  assertName(name, /^[A-Za-z0-9][A-Za-z0-9_-]*$/, id);
  const folder = absent ? 'modprobe.d' : 'modules-load.d';
  const file = `/etc/${folder}/millwright-${name}.conf`;
  return makeStep({
    ...{ resource, undo: 'exact' },
    facts: [
      { kind: 'module', key: name },
      { kind: 'whole', key: file },
    ],
    variables: {
      module_name: name,
      module_key: factKey('module', name),
      module_file: file,
      module_file_key: factKey('whole', file),
      // A blacklist alone doesn't keep others from pulling it in.
      module_text: absent ? `blacklist ${name}\ninstall ${name} /bin/false\n` : `${name}\n`,
      module_absent: flag(absent),
    },
    intent: { kernelModule: name, absent },
  });
}
