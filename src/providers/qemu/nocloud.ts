import { failure } from './fail.js';
import type { InstanceRecord } from './record.js';

export function nocloudImage(record: InstanceRecord, _openssh: string): Uint8Array {
  throw failure('MW-IMAGE-UNFIT', `${record.request.instance}: cloud-init images are not supported`);
}
