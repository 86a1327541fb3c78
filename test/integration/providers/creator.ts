import type { InstanceInfo } from '../../../src/model/index.js';
import type { CreateRequest } from '../../../src/providers/port.js';
import { createQemuProvider, type SiteOptions } from '../../../src/providers/qemu/index.js';

/** What the process of an attempt runs. */
export function create({
  site,
  request,
}: {
  site: SiteOptions;
  request: CreateRequest;
}): Promise<InstanceInfo> {
  return createQemuProvider(site).create(request, () => undefined, new AbortController().signal);
}
