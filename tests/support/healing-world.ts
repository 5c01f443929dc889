import { type ChannelModel, connect as connectRaw } from 'amqplib';
import { connect, defineService, eventHandler, rpc, rpcProxy, ServiceRunner, type StandaloneClient } from 'mycel';
import { type AmqpOptions, AmqpTransport } from 'mycel/amqp';
import { transportResource } from 'mycel/transport';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { installedServer, type PrivateServer, startPrivateServer } from '../../scripts/test-rings/private-rabbitmq.ts';
import { useAmqpWorld } from './amqp-world.ts';
import type { FaultProxy } from './fault-proxy.ts';
import { impatience } from './impatient-broker.ts';
import type { FreshVhost } from './rabbit.ts';
import { ReadinessLog } from './readiness-log.ts';
import { type LogRecord, recordingLogger } from './recording-logger.ts';
import { Steps } from './steps.ts';

/** A service with a call and an event, on a RabbitMQ of its own, by way of a proxy. */
export interface HealingWorld {
  readonly node: PrivateServer;
  readonly rabbit: FreshVhost;
  readonly proxy: FaultProxy;
  readonly transport: AmqpTransport;
  readonly readiness: ReadinessLog;
  /** Warnings of the service's process, of one connection where they are of one. */
  warnings(connection?: string): string[];
  /** Starts the service; resolves once it works. */
  start(options?: AmqpOptions): Promise<void>;
  /** Starts it without waiting. */
  begin(options?: AmqpOptions): Promise<void>;
  /** A connection of another client, straight to the broker. */
  foreign(): Promise<ChannelModel>;
  /** Calls the service and sends it an event from another process, until both work. */
  flows(): Promise<void>;
  /** Sends the service an event on which it hangs for ever; when that comes again, it is handled. */
  hang(): Promise<void>;
}

/** Makes a node for the file and the rest for each test. */
export function useHealingWorld(): HealingWorld {
  let node: PrivateServer;
  const world = useAmqpWorld({
    broker: () => ({ uri: node.uri, managementUri: node.environment?.['RABBITMQ_MANAGEMENT_URI'] }),
  });
  let transport: AmqpTransport;
  let readiness: ReadinessLog;
  let runner: ServiceRunner | undefined;
  let started: Promise<unknown> | undefined;
  const records: LogRecord[] = [];
  const steps = new Steps();
  const open: { close(): Promise<void> }[] = [];
  let sent = 0;

  class Shop {
    other = rpcProxy<{ ping(): string }>('shop');
    ping(): string {
      return 'pong';
    }
    async onSold(id: unknown): Promise<void> {
      const isFirst = !steps.has(`sold ${String(id)}`);
      steps.note(`sold ${String(id)}`);
      if (id === 'hang' && isFirst) await new Promise(() => {});
    }
  }
  const shop = defineService(Shop, 'shop', { ping: rpc(), onSold: eventHandler('shop', 'sold') });

  beforeAll(async () => {
    node = await startPrivateServer(installedServer() ?? '');
    await node.control('eval', impatience);
  });
  beforeEach(() => {
    records.length = 0;
  });
  afterEach(async () => {
    readiness.end();
    await started?.catch(() => {});
    await runner?.stop();
    await Promise.all(open.splice(0).map((each) => each.close().catch(() => {})));
  });
  afterAll(async () => node?.[Symbol.asyncDispose]());

  const begin = async (options: AmqpOptions = {}): Promise<void> => {
    const logger = recordingLogger(records);
    transport = new AmqpTransport({ uri: world.proxy.uri, startup: 'wait', logger, ...options });
    runner = new ServiceRunner([shop], { logger, resources: [transportResource(transport)], graceMs: 500 });
    readiness = new ReadinessLog(runner);
    started = runner.start();
    started.catch(() => {});
  };
  const client = async (): Promise<StandaloneClient> => {
    const connected = await connect(world.rabbit.uri);
    open.push(connected);
    return connected;
  };

  return {
    get node() {
      return node;
    },
    rabbit: world.rabbit,
    get proxy() {
      return world.proxy;
    },
    get transport() {
      return transport;
    },
    get readiness() {
      return readiness;
    },
    warnings: (connection) =>
      records
        .filter(({ level, fields }) => level === 'warn' && (!connection || fields['connection'] === connection))
        .map(({ message }) => message),
    begin,
    start: async (options) => {
      await begin(options);
      await started;
      await readiness.untilOn();
      readiness.reasons.clear();
    },
    foreign: async () => {
      const raw = await connectRaw(world.rabbit.uri);
      raw.on('error', () => {});
      open.push(raw);
      return raw;
    },
    flows: async () => {
      const other = await client();
      const ping = other.rpc<{ ping(): string }>('shop').ping.with({ timeout: '2s' });
      await expect.poll(() => ping().catch(() => undefined)).toBe('pong');
      const id = ++sent;
      await other.dispatch('shop', 'sold', id);
      await steps.until(`sold ${id}`);
    },
    hang: async () => {
      await (await client()).dispatch('shop', 'sold', 'hang');
    },
  };
}
