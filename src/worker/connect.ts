import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { MillwrightError } from '../model/index.js';
import { temporalConfig } from '../settings.js';

/** Both kinds of connection the SDK has: one polls, the other asks. */
export interface Connections {
  readonly native: NativeConnection;
  readonly client: Client;
  readonly connection: Connection;
  readonly namespace: string;
  close(): Promise<void>;
}

const defaultAddress = '127.0.0.1:7233';

/** Connects by Temporal's own configuration; `address` where that names none. Throws MW-ENGINE-UNREACHABLE. */
export async function connect(where: { profile?: string; address?: string }): Promise<Connections> {
  const { connectionOptions, namespace = 'default' } = await temporalConfig({ profile: where.profile });
  const address = connectionOptions.address ?? where.address ?? defaultAddress;
  const { tls, apiKey, metadata } = connectionOptions;
  const options = { address, tls, apiKey, metadata } as Parameters<typeof NativeConnection.connect>[0];
  try {
    const native = await NativeConnection.connect(options);
    const connection = await Connection.connect({ ...options, connectTimeout: 10_000 } as Parameters<
      typeof Connection.connect
    >[0]);
    const close = async (): Promise<void> => {
      await connection.close();
      await native.close();
    };
    return { native, connection, client: new Client({ connection, namespace }), namespace, close };
  } catch (cause) {
    throw unreachable(address, cause);
  }
}

const unreachable = (address: string, cause: unknown): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-ENGINE-UNREACHABLE',
      cause: 'infrastructure',
      message: `No Temporal server answers at ${address}.`,
      remedy: 'Start one with `millwright dev`, or name another by TEMPORAL_ADDRESS or --profile.',
    },
    true,
    { cause },
  );
