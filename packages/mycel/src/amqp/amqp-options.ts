import { z } from 'zod';
import type { ConfigSection } from '../foundation/config-section.ts';
import { durationMs, type Duration } from '../foundation/duration.ts';
import { durationSchema } from '../foundation/duration-schema.ts';
import { UsageError } from '../foundation/errors.ts';
import { silentLogger, type Logger } from '../foundation/logger.ts';
import { type ConnectOptions, resolveConnectOptions } from '../protocol/client/index.ts';
import { parseAmqpUris } from './amqp-uri.ts';
import type { ConnectionSource } from './connection-source.ts';
import { NetworkSource, type Targets } from './network-source.ts';
import type { PublishLimits } from './publish-limits.ts';

/** Which properties queues are declared with; names, exchanges and bindings are Nameko's in both. */
export type TopologyName = 'mycel' | 'nameko';

/** How services reach RabbitMQ. */
export interface AmqpOptions {
  /**
   * Where the broker is; several URIs, parted by `;`, are tried in turn. A function is asked before every attempt to
   * connect, for a broker that moves or a password that changes; what it throws is why that attempt failed.
   * @default 'amqp://guest:guest@127.0.0.1:5672/'
   */
  readonly uri?: string | (() => string | Promise<string>);
  /** `mycel`: event queues are quorum queues. `nameko`: every queue exactly as Nameko declares it, to share queues with Python. @default 'mycel' */
  readonly topology?: TopologyName;
  /** The topic exchange that calls and replies go through. @default 'nameko-rpc' */
  readonly rpcExchange?: string;
  /** Silence after which a heartbeat is due; twice that is a dead broker. @default '30s' */
  readonly heartbeat?: Duration;
  /** How long one attempt to connect may take. @default '10s' */
  readonly connectTimeout?: Duration;
  /** How long an event waits for a broker that is away, blocked or silent before its publish is rejected. @default '10s' */
  readonly publishTimeout?: Duration;
  /** How many events may be on the wire unconfirmed; the next ones wait for their turn. @default 1000 */
  readonly publishWindow?: number;
  /** How many bytes of events may be on the wire unconfirmed. @default 16 MiB */
  readonly publishWindowBytes?: number;
  /** How many events may wait beside those on the wire, before a publish is rejected. @default 50,000 */
  readonly publishBuffer?: number;
  /** How many bytes of events may wait, with 1 KiB for each event beside its body. @default 64 MiB */
  readonly publishBufferBytes?: number;
  /** Settings of the TLS connection, for `amqps` URIs, as for `tls.connect`: `{ ca, cert, key }`. @default Node's */
  readonly tls?: Exclude<ConnectOptions['tls'], boolean | undefined>;
  /** What the broker's management shows as the connection's name. @default 'mycel' */
  readonly connectionName?: string;
  /** @default a logger that writes nothing */
  readonly logger?: Logger;
}

/** {@link AmqpOptions}, complete and checked. */
export interface ResolvedAmqpOptions {
  readonly source: ConnectionSource;
  readonly topology: TopologyName;
  readonly rpcExchange: string;
  readonly publishTimeoutMs: number;
  readonly publishWindow: PublishLimits;
  readonly publishBuffer: PublishLimits;
  readonly connectionName: string;
  readonly logger: Logger;
}

const defaults = {
  uri: 'amqp://guest:guest@127.0.0.1:5672/',
  topology: 'mycel',
  rpcExchange: 'nameko-rpc',
  heartbeat: '30s',
  connectTimeout: '10s',
  publishTimeout: '10s',
  publishWindow: 1000,
  publishWindowBytes: 16 * 1024 * 1024,
  publishBuffer: 50_000,
  publishBufferBytes: 64 * 1024 * 1024,
  connectionName: 'mycel',
} as const;

/** What `amqp.uri` is for the broker that the processes of one machine share; nothing to connect to by itself. */
export const embedded = 'embedded';

/** The section `amqp` of the configuration. */
export const amqpSection = {
  key: 'amqp',
  description: 'The connection to RabbitMQ.',
  schema: z.strictObject({
    uri: z
      .string()
      .refine((text) => text === embedded || isAmqpUri(text), {
        error: "expected an AMQP URI, such as 'amqp://user:password@host:5672/vhost', or 'embedded'",
      })
      .default(embedded)
      .describe(
        "Where the broker is; several URIs, parted by ';', are tried in turn. 'embedded' is the broker in memory that the processes of this machine share.",
      ),
    topology: z
      .enum(['mycel', 'nameko'])
      .default(defaults.topology)
      .describe(
        "'mycel': event queues are quorum queues; 'nameko': every queue as Nameko declares it, to share queues with Python.",
      ),
    rpc_exchange: z
      .string()
      .default(defaults.rpcExchange)
      .describe('The topic exchange that calls and replies go through.'),
    heartbeat: durationSchema
      .default(durationMs(defaults.heartbeat))
      .describe('Silence after which a heartbeat is due; twice that is a dead broker.'),
    connect_timeout: durationSchema
      .default(durationMs(defaults.connectTimeout))
      .describe('How long one attempt to connect may take.'),
    publish_timeout: durationSchema
      .default(durationMs(defaults.publishTimeout))
      .describe('How long an event waits for a broker that is away, blocked or silent before its publish is rejected.'),
    publish_window: z
      .int()
      .positive()
      .default(defaults.publishWindow)
      .describe('How many events may be on the wire unconfirmed; the next ones wait for their turn.'),
    publish_window_bytes: z
      .int()
      .positive()
      .default(defaults.publishWindowBytes)
      .describe('How many bytes of events may be on the wire unconfirmed.'),
    publish_buffer: z
      .int()
      .positive()
      .default(defaults.publishBuffer)
      .describe('How many events may wait beside those on the wire, before a publish is rejected.'),
    publish_buffer_bytes: z
      .int()
      .positive()
      .default(defaults.publishBufferBytes)
      .describe('How many bytes of events may wait, with 1 KiB for each event beside its body.'),
  }),
  aliases: { AMQP_URI: 'uri', rpc_exchange: 'rpc_exchange' },
} satisfies ConfigSection;

/** Turns the section of the configuration into options. */
export function amqpOptionsFrom(section: z.infer<typeof amqpSection.schema>): AmqpOptions {
  return {
    uri: section.uri,
    topology: section.topology,
    rpcExchange: section.rpc_exchange,
    heartbeat: section.heartbeat,
    connectTimeout: section.connect_timeout,
    publishTimeout: section.publish_timeout,
    publishWindow: section.publish_window,
    publishWindowBytes: section.publish_window_bytes,
    publishBuffer: section.publish_buffer,
    publishBufferBytes: section.publish_buffer_bytes,
  };
}

/** Fills in the defaults and checks. Throws a `UsageError` for a URI, a duration or a limit that is none. */
export function resolveAmqpOptions(options: AmqpOptions = {}): ResolvedAmqpOptions {
  return {
    source: new NetworkSource(resolveTargets(options), connectTimeoutMs(options.connectTimeout)),
    topology: options.topology ?? defaults.topology,
    rpcExchange: options.rpcExchange ?? defaults.rpcExchange,
    publishTimeoutMs: durationMs(options.publishTimeout ?? defaults.publishTimeout, 'amqp.publish_timeout'),
    publishWindow: {
      messages: limit(options.publishWindow ?? defaults.publishWindow, 'amqp.publish_window'),
      bytes: limit(options.publishWindowBytes ?? defaults.publishWindowBytes, 'amqp.publish_window_bytes'),
    },
    publishBuffer: {
      messages: limit(options.publishBuffer ?? defaults.publishBuffer, 'amqp.publish_buffer'),
      bytes: limit(options.publishBufferBytes ?? defaults.publishBufferBytes, 'amqp.publish_buffer_bytes'),
    },
    connectionName: options.connectionName ?? defaults.connectionName,
    logger: options.logger ?? silentLogger,
  };
}

/** What to connect to: every URI with the options that it leaves open. Throws a `UsageError` as {@link resolveAmqpOptions}. */
export function resolveTargets({ uri = defaults.uri, heartbeat, connectTimeout, tls }: AmqpOptions): Targets {
  const heartbeatMs = durationMs(heartbeat ?? defaults.heartbeat, 'amqp.heartbeat');
  const shared: ConnectOptions = {
    heartbeatSeconds: Math.ceil(heartbeatMs / 1000),
    connectTimeoutMs: connectTimeoutMs(connectTimeout),
  };
  resolveConnectOptions(shared); // what no connection can have is refused here, not at each attempt
  const read = (text: string): readonly ConnectOptions[] => readTargets(text, shared, tls);
  return typeof uri === 'string' ? read(uri) : async () => read(await uri());
}

function limit(value: number, name: string): number {
  if (Number.isInteger(value) && value > 0) return value;
  throw new UsageError(`${name} is ${value}; give a whole number from 1 upwards`);
}

function connectTimeoutMs(connectTimeout: Duration = defaults.connectTimeout): number {
  return durationMs(connectTimeout, 'amqp.connect_timeout');
}

function readTargets(uris: string, shared: ConnectOptions, tls: AmqpOptions['tls']): ConnectOptions[] {
  const targets = parseAmqpUris(uris).map((target) => {
    const merged = { ...shared, ...target, ...(target.tls && tls ? { tls } : {}) };
    resolveConnectOptions(merged);
    return merged;
  });
  if (targets.length === 0) throw new UsageError('amqp.uri is empty; write amqp://user:password@host:5672/vhost');
  return targets;
}

function isAmqpUri(text: string): boolean {
  try {
    return parseAmqpUris(text).length > 0;
  } catch {
    return false;
  }
}
