import { userInfo } from 'node:os';
import { join } from 'node:path';
import { type SiteDeps, waitForBanner } from '../activities/index.js';
import { createAnsible } from '../adapters/ansible/index.js';
import type { Provider } from '../providers/port.js';
import { createQemuProvider } from '../providers/qemu/index.js';
import { createStaticProvider } from '../providers/static/index.js';
import { createKeystore, createSecrets } from '../secrets/index.js';
import { environment, type Settings, siteSettings } from '../settings.js';
import { createLogins, createSshPool, generateEd25519 } from '../ssh/index.js';
import type { Store } from '../store/port.js';

/** Makes everything the worker of one site works with, from its settings alone. */
export function openSite(settings: Settings, site: string, store: Store): SiteDeps {
  const { secrets, connect } = siteSettings(settings, site);
  return {
    site,
    store,
    provider: openProvider(settings, site),
    ssh: createSshPool(),
    secrets: createSecrets({ site, allowed: secrets, env: environment(), settingsFile: settings.file }),
    keystore: createKeystore({
      dir: join(settings.state, 'keys'),
      generateKey: () => generateEd25519(`millwright-${site}`),
    }),
    logins: createLogins({ ...connect, user: userInfo().username }),
    ansible: createAnsible({ stateDir: settings.state, env: environment() }),
    waitForBanner,
  };
}

/** For qemu a state directory is one site on one host: the provider refuses that of another. */
function openProvider(settings: Settings, site: string): Provider {
  const { accelerator, provider } = siteSettings(settings, site);
  if (provider === 'static') return createStaticProvider(site);
  return createQemuProvider({ stateDir: settings.state, site, accelerator });
}
