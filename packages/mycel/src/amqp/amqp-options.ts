import { durationMs, type Duration } from '../foundation/duration.ts';
import { UsageError } from '../foundation/errors.ts';
import { silentLogger, type Logger } from '../foundation/logger.ts';
import { type ConnectOptions, resolveConnectOptions } from '../protocol/client/index.ts';
import { parseAmqpUris } from './amqp-uri.ts';
import type { ConnectionSource } from './connection-source.ts';
import { NetworkSource, type Targets } from './network-source.ts';
import type { PublishLimits } from './publish-limits.ts';

/** Which properties queues are declared with; names, exchanges and bindings are Nameko's in both. */
export type TopologyName = 'mycel' | 'nameko';

/** What RabbitMQ calls the kinds of queues: on one node, or on several. */
export type RpcQueueType = 'classic' | 'quorum';

/** What an opening transport does while no broker takes it: tries again, or rejects at once. */
export type StartupMode = 'wait' | 'fail-fast';

/** How services reach RabbitMQ. */
export interface AmqpOptions {
  /**
   * Where the broker is: a URI, or those of the nodes of a cluster, parted by `;` or `,`, of which one is chosen by chance, and another one
   * when it fails. A function is asked before every attempt to connect, for a broker that moves or a password that changes; what it throws is
   * why that attempt failed.
   * @default 'amqp://guest:guest@127.0.0.1:5672/'
   */
  readonly uri?: string | (() => string | Promise<string>);
  /** `mycel`: event queues are quorum queues. `nameko`: every queue exactly as Nameko declares it, to share queues with Python. @default 'mycel' */
  readonly topology?: TopologyName;
  /** The topic exchange that calls and replies go through. @default 'nameko-rpc' */
  readonly rpcExchange?: string;
  /**
   * What the queues of the services that are served here are: `classic`, as Nameko declares them, on one node; `quorum`, on several nodes of a
   * cluster, so that calls go on when one is lost. All instances of a service need the same; callers need none. `quorum` does not go with the
   * topology `nameko`.
   * @default 'classic'
   */
  readonly rpcQueueType?: RpcQueueType;
  /** Silence after which a heartbeat is due; twice that is a dead broker. @default '30s' */
  readonly heartbeat?: Duration;
  /** How long one attempt to connect may take. @default '10s' */
  readonly connectTimeout?: Duration;
  /**
   * `wait`: opening goes on trying while the broker is away or refuses the password. `fail-fast`: it rejects after one attempt.
   * @default 'fail-fast'; `amqp.startup` of services is 'wait'
   */
  readonly startup?: StartupMode;
  /** How long opening with `wait` tries before it rejects; 0 is for ever. @default 0 */
  readonly startupTimeout?: Duration;
  /** How long a lost connection may stay away before the transport gives up and its process ends; 0 is never. @default 0 */
  readonly reconnectTimeout?: Duration;
  /** The broker's own `consumer_timeout`: what is not settled for half of it is warned about; 0 is never. @default '30m' */
  readonly consumerTimeout?: Duration;
  /** How long an event waits for a broker that is away, blocked or silent before its publish is rejected. @default '10s' */
  readonly publishTimeout?: Duration;
  /** How many events may be on the wire unconfirmed; the next ones wait for their turn. @default 1000 */
  readonly publishWindow?: number;
  /** How many bytes of events may be on the wire unconfirmed. @default 16 MiB */
  readonly publishWindowBytes?: number;
  /** How many events may wait beside those on the wire, before a publish is rejected. @default 50,000 */
  readonly publishBuffer?: number;
  /** How many bytes of events may wait, each counted as its body and 1 KiB, about what it holds of memory. @default 64 MiB */
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
  readonly rpcQueueType: RpcQueueType;
  readonly startup: StartupMode;
  /** 0: for ever. */
  readonly startupTimeoutMs: number;
  /** 0: never gives up. */
  readonly reconnectTimeoutMs: number;
  /** 0: never warns. */
  readonly consumerTimeoutMs: number;
  readonly publishTimeoutMs: number;
  readonly publishWindow: PublishLimits;
  readonly publishBuffer: PublishLimits;
  readonly connectionName: string;
  readonly logger: Logger;
}

/** What {@link AmqpOptions} are where they are left out. */
export const amqpDefaults = {
  uri: 'amqp://guest:guest@127.0.0.1:5672/',
  topology: 'mycel',
  rpcExchange: 'nameko-rpc',
  rpcQueueType: 'classic',
  heartbeat: '30s',
  connectTimeout: '10s',
  startup: 'fail-fast',
  startupTimeout: 0,
  reconnectTimeout: 0,
  consumerTimeout: '30m',
  publishTimeout: '10s',
  publishWindow: 1000,
  publishWindowBytes: 16 * 1024 * 1024,
  publishBuffer: 50_000,
  publishBufferBytes: 64 * 1024 * 1024,
  connectionName: 'mycel',
} as const;

/** Fills in the defaults and checks. Throws a `UsageError` for a URI, a duration or a limit that is none, and for options that contradict each other. */
export function resolveAmqpOptions(options: AmqpOptions = {}): ResolvedAmqpOptions {
  return {
    source: new NetworkSource(resolveTargets(options), connectTimeoutMs(options.connectTimeout)),
    topology: options.topology ?? amqpDefaults.topology,
    rpcExchange: options.rpcExchange ?? amqpDefaults.rpcExchange,
    rpcQueueType: resolveRpcQueueType(options),
    startup: options.startup ?? amqpDefaults.startup,
    startupTimeoutMs: durationMs(options.startupTimeout ?? amqpDefaults.startupTimeout, 'amqp.startup_timeout'),
    reconnectTimeoutMs: durationMs(options.reconnectTimeout ?? amqpDefaults.reconnectTimeout, 'amqp.reconnect_timeout'),
    consumerTimeoutMs: durationMs(options.consumerTimeout ?? amqpDefaults.consumerTimeout, 'amqp.consumer_timeout'),
    publishTimeoutMs: durationMs(options.publishTimeout ?? amqpDefaults.publishTimeout, 'amqp.publish_timeout'),
    publishWindow: {
      messages: limit(options.publishWindow ?? amqpDefaults.publishWindow, 'amqp.publish_window'),
      bytes: limit(options.publishWindowBytes ?? amqpDefaults.publishWindowBytes, 'amqp.publish_window_bytes'),
    },
    publishBuffer: {
      messages: limit(options.publishBuffer ?? amqpDefaults.publishBuffer, 'amqp.publish_buffer'),
      bytes: limit(options.publishBufferBytes ?? amqpDefaults.publishBufferBytes, 'amqp.publish_buffer_bytes'),
    },
    connectionName: options.connectionName ?? amqpDefaults.connectionName,
    logger: options.logger ?? silentLogger,
  };
}

/** What to connect to: every URI with the options that it leaves open. Throws a `UsageError` as {@link resolveAmqpOptions}. */
export function resolveTargets({ uri = amqpDefaults.uri, heartbeat, connectTimeout, tls }: AmqpOptions): Targets {
  const heartbeatMs = durationMs(heartbeat ?? amqpDefaults.heartbeat, 'amqp.heartbeat');
  const shared: ConnectOptions = {
    heartbeatSeconds: Math.ceil(heartbeatMs / 1000),
    connectTimeoutMs: connectTimeoutMs(connectTimeout),
  };
  resolveConnectOptions(shared); // what no connection can have is refused here, not at each attempt
  const read = (text: string): readonly ConnectOptions[] => readTargets(text, shared, tls);
  return typeof uri === 'string' ? read(uri) : async () => read(await uri());
}

function resolveRpcQueueType({ rpcQueueType = amqpDefaults.rpcQueueType, topology }: AmqpOptions): RpcQueueType {
  if (rpcQueueType === 'classic' || topology !== 'nameko') return rpcQueueType;
  throw new UsageError(
    "amqp.rpc_queue_type is 'quorum', and amqp.topology is 'nameko', with which every queue is as Nameko declares it: leave out one of them",
  );
}

function limit(value: number, name: string): number {
  if (Number.isInteger(value) && value > 0) return value;
  throw new UsageError(`${name} is ${value}; give a whole number from 1 upwards`);
}

function connectTimeoutMs(connectTimeout: Duration = amqpDefaults.connectTimeout): number {
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
