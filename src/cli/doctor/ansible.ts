import { execa } from 'execa';
import { ensureEnvironment, installedVersion, pinnedVersion } from '../../adapters/ansible/index.js';
import { environment } from '../../settings.js';
import type { Component, Finding } from './types.js';

/** The oldest Python that the pinned ansible-core runs on. */
const oldest = [3, 11] as const;

const probe = "import sys, ensurepip, venv; print('.'.join(map(str, sys.version_info[:2])))";

/** Only steps of type `ansible` need it, and they would make it on first use. */
export const ansible: Component = {
  name: 'Ansible',
  inspect: async (context) => {
    const { state } = context.settings();
    const version = await installedVersion(state);
    if (version !== undefined)
      return { state: 'ok', text: `ansible-core ${version}, in an environment of its own` };
    return lacking(state, await execa('python3', ['-c', probe], { reject: false }));
  },
};

async function lacking(
  state: string,
  python: { readonly failed: boolean; readonly stdout: string },
): Promise<Finding> {
  if (python.failed)
    return {
      ...{ state: 'warning', text: 'python3 has no venv, which steps of type `ansible` need' },
      remedy: 'apt-get install python3-venv',
      fix: { by: 'apt', packages: ['python3-venv'] },
    };
  if (!isRecent(python.stdout))
    return {
      state: 'warning',
      text: `Python ${python.stdout} is too old for steps of type \`ansible\`: 3.11 or later`,
    };
  return {
    ...{ state: 'warning', text: 'not made yet; steps of type `ansible` make it on first use' },
    remedy: 'millwright doctor --fix',
    fix: {
      by: 'us',
      what: `install ansible-core ${await pinnedVersion()} in an environment of its own, 40 MB from PyPI`,
      run: async () => {
        await ensureEnvironment(state, environment(), new AbortController().signal);
      },
    },
  };
}

function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}
