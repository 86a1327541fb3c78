import { CONTROL_QUEUE, MillwrightError, searchAttributes, siteQueue } from '../../model/index.js';
import type { Context } from '../context.js';
import { connectEngine, type Engine, pollers } from '../temporal.js';
import type { Component, Finding } from './types.js';

/** Runs a check with a connection; without a server it is a warning, as `dev` starts one. */
const withEngine =
  (check: (engine: Engine, context: Context) => Promise<Finding>, quiet = false) =>
  async (context: Context): Promise<Finding> => {
    let engine: Engine;
    try {
      engine = await connectEngine(context);
    } catch (error) {
      if (!(error instanceof MillwrightError)) throw error;
      return quiet
        ? { state: 'warning', text: 'not known without a server' }
        : { state: 'warning', text: error.message, remedy: error.info.remedy };
    }
    try {
      return await check(engine, context);
    } finally {
      await engine.close();
    }
  };

export const temporalServer: Component = {
  name: 'Temporal server',
  inspect: withEngine(async (engine) => {
    const info = await engine.connection.workflowService.getSystemInfo({});
    return {
      state: 'ok',
      text: `${engine.address}, version ${info.serverVersion}, namespace ${engine.namespace}`,
    };
  }),
};

export const attributes: Component = {
  name: 'search attributes',
  inspect: withEngine(async (engine) => {
    const known = await engine.connection.operatorService.listSearchAttributes({
      namespace: engine.namespace,
    });
    const lacking = searchAttributes.filter((name) => known.customAttributes?.[name] === undefined);
    if (lacking.length === 0) return { state: 'ok', text: searchAttributes.join(' ') };
    return {
      state: 'missing',
      text: `${lacking.join(', ')} not registered in namespace ${engine.namespace}`,
      remedy: lacking
        .map((name) => `temporal operator search-attribute create --name ${name} --type Keyword`)
        .join('\n'),
      fix: { by: 'us', what: 'register the search attributes', run: async () => undefined },
    };
  }, true),
};

/** Whether somebody polls for control and for each site that the settings name. */
export const workers: Component = {
  name: 'workers',
  inspect: withEngine(async (engine, context) => {
    const sites = Object.keys(context.settings().sites);
    const control = await pollers(engine, CONTROL_QUEUE, 'workflow');
    const perSite = await Promise.all(
      (sites.length > 0 ? sites : ['main']).map(async (site) => ({
        site,
        n: await pollers(engine, siteQueue(site, 'vm'), 'activity'),
      })),
    );
    const silent = perSite.filter((one) => one.n === 0).map((one) => `site ${one.site}`);
    const lacking = [...(control === 0 ? ['control'] : []), ...silent];
    if (lacking.length === 0)
      return { state: 'ok', text: `control, ${perSite.map((one) => `site ${one.site}`).join(', ')}` };
    return {
      state: 'warning',
      text: `nobody works for ${lacking.join(', ')}`,
      remedy: 'millwright dev serves both here; `millwright worker --control | --site NAME` serves one.',
    };
  }, true),
};
