import {
  AmqpConnection,
  AmqpServerError,
  type Agreement,
  type ConnectOptions,
  introduce,
  VhostRefusedError,
} from '../../protocol/client/index.ts';
import { AmqpFault } from '../engine/amqp-fault.ts';
import type { BrokerEngine } from '../engine/broker-engine.ts';
import { serverProperties } from '../server/server-properties.ts';
import { frameMax, InProcessLink } from './in-process-link.ts';
import type { Tap } from './tap.ts';

/** How to connect to an engine in this process. */
export interface InProcessOptions
  extends Pick<ConnectOptions, 'vhost' | 'connectionName' | 'clientProperties' | 'closeTimeoutMs' | 'onError'> {
  /** Who connects; nobody asks for a password. @default 'guest' */
  readonly user?: string;
  /** Sees, changes or drops what goes over the connection. @default nobody does */
  readonly tap?: Tap;
}

const channelMax = 2047;

/**
 * Connects to an engine in this process: the same client as over a socket, without bytes in between. What has no form on
 * the wire is refused all the same, and every message arrives as a copy. To cut the connection as a network does, destroy it
 * with an error. Rejects with a `VhostRefusedError` when there is no such virtual host.
 */
export async function connectInProcess(engine: BrokerEngine, options: InProcessOptions = {}): Promise<AmqpConnection> {
  const { vhost = '/', user = 'guest', tap = {}, connectionName, clientProperties = {} } = options;
  const link = open(() => {
    const properties = introduce({ connectionName, clientProperties });
    const name = connectionName === undefined ? {} : { name: connectionName };
    return new InProcessLink(engine, { vhost, user, ...name, clientProperties: properties }, tap);
  });
  const agreement: Agreement = { serverProperties: serverProperties(''), frameMax, channelMax, heartbeatSeconds: 0 };
  return AmqpConnection.over(link, agreement, options);
}

function open(make: () => InProcessLink): InProcessLink {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof AmqpFault)) throw error;
    const cause = new AmqpServerError('connection', error.replyCode, error.replyText, error.method);
    throw new VhostRefusedError(`The broker in this process refused the connection: ${error.message}`, { cause });
  }
}
