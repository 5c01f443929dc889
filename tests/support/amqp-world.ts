import { type ChannelModel, connect } from 'amqplib';
import { afterEach, beforeEach } from 'vitest';
import { AmqpTransport, type AmqpOptions } from '../../packages/mycel/src/amqp/index.ts';
import { FaultProxy } from './fault-proxy.ts';
import { useFreshVhost } from './fresh-vhost.ts';
import type { BrokerAddress, FreshVhost } from './rabbit.ts';

/** What each test of a file gets anew: a vhost, a proxy before it, and transports that are closed after the test. */
export interface AmqpWorld {
  readonly rabbit: FreshVhost;
  readonly proxy: FaultProxy;
  /** Opens a transport straight to the broker. */
  transport(options?: AmqpOptions): Promise<AmqpTransport>;
  /** Opens a transport by way of the proxy. */
  faultyTransport(options?: AmqpOptions): Promise<AmqpTransport>;
  /** Connects to the broker by another client, amqplib. */
  foreignClient(): Promise<ChannelModel>;
}

/** How a world is made. */
export interface AmqpWorldOptions {
  /** Has the proxy read what goes through, so that it can cut at a step. @default false */
  readonly watchesSteps?: boolean;
  /** Asked before each test. @default the broker that tests use */
  readonly broker?: () => BrokerAddress;
}

/** Makes a world for each test of the file. It ends after all that the file itself does after a test. */
export function useAmqpWorld({ watchesSteps = false, broker }: AmqpWorldOptions = {}): AmqpWorld {
  const rabbit = useFreshVhost(broker);
  let proxy: FaultProxy;
  let open: { close(): Promise<void> }[];

  beforeEach(async () => {
    proxy = await FaultProxy.start(rabbit.uri, { watchesSteps });
    open = [];
  });

  afterEach(async () => {
    await Promise.all(open.map((connection) => connection.close()));
    await proxy[Symbol.asyncDispose]();
  });

  const transport = async (options: AmqpOptions): Promise<AmqpTransport> => {
    const opened = new AmqpTransport(options);
    open.push(opened);
    await opened.open();
    return opened;
  };

  return {
    rabbit,
    get proxy() {
      return proxy;
    },
    transport: (options) => transport({ uri: rabbit.uri, ...options }),
    faultyTransport: (options) => transport({ uri: proxy.uri, ...options }),
    foreignClient: async () => {
      const client = await connect(rabbit.uri);
      open.push(client);
      return client;
    },
  };
}
