import { generateEd25519, type KeyPair } from '../../../src/ssh/keys.js';
import { freePort } from '../../support/stack.js';
import { type Box, type BoxKind, openBox } from '../runner/box.js';

export const password = "pa$s'w0rd";

/** A machine that exists already: a box with an sshd of its own on a loopback port. */
export interface ExistingHost {
  readonly box: Box;
  readonly port: number;
  /** `type base64`. */
  readonly hostKey: string;
  /** The key that root and ops let in. */
  readonly login: KeyPair;
  close(): Promise<void>;
}

/** sshd options as `Key value`; user ops (with `password`) and what sudoers say of it. */
export async function openHost(
  options: {
    sshd?: readonly string[];
    sudoers?: string;
    setup?: string;
    kind?: BoxKind;
    login?: KeyPair;
  } = {},
): Promise<ExistingHost> {
  const box = await openBox(options.kind ?? 'debian');
  const port = await freePort();
  const key = generateEd25519();
  const login = options.login ?? generateEd25519('somebody');
  await box.put('/root/hostkey', key.privateKey, '600');
  await box.put('/root/.ssh/authorized_keys', `${login.publicKey}\n`, '600');
  await box.put(
    '/root/sshd_config',
    [
      ...(options.sshd ?? []),
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      'HostKey /root/hostkey',
      'UsePAM yes',
      'StrictModes no',
      'PidFile none',
      'PermitRootLogin yes',
      'UseDNS no',
      'AuthorizedKeysFile .ssh/authorized_keys',
      '',
    ].join('\n'),
  );
  await box.sh('useradd -m -s /bin/sh ops && mkdir -p /home/ops/.ssh /run/sshd && chmod 755 /run /run/sshd');
  await box.put('/home/ops/.ssh/authorized_keys', `${login.publicKey}\n`, '600');
  await box.exec(['chpasswd'], `ops:${password}\n`);
  await box.sh('chown -R ops: /home/ops');
  if (options.sudoers !== undefined) await box.put('/etc/sudoers.d/ops', `${options.sudoers}\n`, '440');
  if (options.setup !== undefined) await box.sh(options.setup);
  await box.sh('/usr/sbin/sshd -f /root/sshd_config -E /root/sshd.log');
  const hostKey = key.publicKey.split(' ').slice(0, 2).join(' ');
  return { box, port, hostKey, login, close: () => box.close() };
}
