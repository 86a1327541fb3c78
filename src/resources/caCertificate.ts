import type { Step } from '../model/index.js';
import { MillwrightError } from '../model/index.js';
import { factKey, flag, makeStep } from './step.js';
import { assertName, assertNoNul } from './text.js';
import type { ResolvedCommon } from './types.js';

export interface ResolvedCaCertificate extends ResolvedCommon {
  readonly type: 'caCertificate';
  /** What its file is called, without an ending. */
  readonly caCertificate: string;
  /** PEM; undefined only where it is absent. */
  readonly content?: string;
  readonly absent: boolean;
}

const debian = '/usr/local/share/ca-certificates';
const redhat = '/etc/pki/ca-trust/source/anchors';

/** facts: the anchor's text where either family keeps it, and what was made of it. undo: as it was. */
export function compileCaCertificate(resource: ResolvedCaCertificate): Step {
  const { id, caCertificate: name, absent } = resource;
  assertName(name, /^[A-Za-z0-9][A-Za-z0-9_.-]*$/, id);
  const content = absent ? '' : pem(resource.content ?? '', id);
  const anchors = { debian: `${debian}/${name}.crt`, redhat: `${redhat}/${name}.pem` };
  const link = `/etc/ssl/certs/${name}.pem`;
  return makeStep({
    ...{ resource, undo: 'exact' },
    facts: [
      { kind: 'whole', key: anchors.debian },
      { kind: 'whole', key: anchors.redhat },
      { kind: 'stat', key: link },
    ],
    variables: {
      ca_debian: anchors.debian,
      ca_debian_key: factKey('whole', anchors.debian),
      ca_redhat: anchors.redhat,
      ca_redhat_key: factKey('whole', anchors.redhat),
      ca_link_key: factKey('stat', link),
      ca_content: content,
      ca_absent: flag(absent),
    },
    intent: { caCertificate: name, content: absent ? undefined : content, absent },
  });
}

/** With a newline at its end. A private key must never lie where everybody reads. */
function pem(content: string, step: string): string {
  assertNoNul(content, step);
  const text = `${content.trim()}\n`;
  if (/-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/.test(text) && !/PRIVATE KEY/.test(text))
    return text;
  const message = `${step}: its content is no PEM text of certificates alone`;
  throw new MillwrightError({ code: 'MW-MANIFEST-CERTIFICATE', cause: 'change', message, step }, false);
}
