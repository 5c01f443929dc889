import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { UsageError } from '../../foundation/errors.ts';
import type { FieldTable } from '../codec/field-value.ts';
import type { Credentials } from './credentials.ts';

/** How to reach a broker and what to agree with it. */
export interface ConnectOptions {
  /** Name or address of the broker. @default '127.0.0.1' */
  host?: string;
  /** TCP port. @default 5672, with `tls` 5671 */
  port?: number;
  /** Encrypts the connection; an object is handed to `tls.connect`, for instance `{ ca, cert, key }`. @default false */
  tls?: boolean | TlsOptions;
  /** Virtual host. @default '/' */
  vhost?: string;
  /** Who connects. @default guest, guest, by PLAIN */
  credentials?: Credentials;
  /**
   * Seconds of silence after which a heartbeat is due; twice that is a dead peer. The lower of this and the broker's wish
   * is taken; 0 switches heartbeats off in both directions. @default 30
   */
  heartbeatSeconds?: number;
  /** Largest frame in bytes, at least 4096; the lower of this and the broker's is taken. @default 131072 */
  frameMax?: number;
  /** Most channels at once; the lower of this and the broker's is taken. @default 2047 */
  channelMax?: number;
  /** Milliseconds for everything until the broker says that the connection is open. @default 10000 */
  connectTimeoutMs?: number;
  /** Milliseconds that `close()` waits for the broker's answer. @default 5000 */
  closeTimeoutMs?: number;
  /** The name the broker's management shows. @default none */
  connectionName?: string;
  /** Added to what the client says of itself. @default {} */
  clientProperties?: FieldTable;
  /** Gives up connecting when it aborts. It has no effect on an open connection. */
  signal?: AbortSignal;
  /**
   * Told of what a callback given to the client threw (a delivery handler, `onReturn`, ...). The connection lives on.
   * @default the error is thrown out of band, as an uncaught exception
   */
  onError?: (error: unknown) => void;
}

/** {@link ConnectOptions} with every default in place. */
export interface ResolvedConnectOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsOptions | undefined;
  readonly vhost: string;
  readonly credentials: Credentials;
  readonly heartbeatSeconds: number;
  readonly frameMax: number;
  readonly channelMax: number;
  readonly connectTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly connectionName: string | undefined;
  readonly clientProperties: FieldTable;
  readonly signal: AbortSignal | undefined;
  readonly onError: (error: unknown) => void;
}

const DEFAULTS = {
  host: '127.0.0.1',
  vhost: '/',
  credentials: { mechanism: 'PLAIN', username: 'guest', password: 'guest' },
  heartbeatSeconds: 30,
  frameMax: 131_072,
  channelMax: 2047,
  connectTimeoutMs: 10_000,
  closeTimeoutMs: 5_000,
} as const;

/** `[lowest, highest]` of each numeric option. */
const RANGES = {
  port: [1, 65_535],
  heartbeatSeconds: [0, 65_535],
  frameMax: [4096, 2 ** 31 - 1],
  channelMax: [1, 65_535],
  connectTimeoutMs: [1, 2 ** 31 - 1],
  closeTimeoutMs: [0, 2 ** 31 - 1],
} as const;

/** Fills in the defaults. Throws one `UsageError` that lists every option out of range. */
export function resolveConnectOptions(options: ConnectOptions): ResolvedConnectOptions {
  const tls = options.tls === true ? {} : options.tls || undefined;
  const resolved: ResolvedConnectOptions = {
    host: options.host ?? DEFAULTS.host,
    port: options.port ?? (tls ? 5671 : 5672),
    tls,
    vhost: options.vhost ?? DEFAULTS.vhost,
    credentials: options.credentials ?? DEFAULTS.credentials,
    heartbeatSeconds: options.heartbeatSeconds ?? DEFAULTS.heartbeatSeconds,
    frameMax: options.frameMax ?? DEFAULTS.frameMax,
    channelMax: options.channelMax ?? DEFAULTS.channelMax,
    connectTimeoutMs: options.connectTimeoutMs ?? DEFAULTS.connectTimeoutMs,
    closeTimeoutMs: options.closeTimeoutMs ?? DEFAULTS.closeTimeoutMs,
    connectionName: options.connectionName,
    clientProperties: options.clientProperties ?? {},
    signal: options.signal,
    onError: options.onError ?? throwOutOfBand,
  };
  const problems = rangeProblems(resolved);
  if (problems.length > 0) throw new UsageError(`Cannot connect to an AMQP broker: ${problems.join('; ')}`);
  return resolved;
}

function rangeProblems(resolved: ResolvedConnectOptions): string[] {
  const problems: string[] = [];
  for (const [name, [lowest, highest]] of Object.entries(RANGES)) {
    // RANGES names only numeric options.
    const value = resolved[name as keyof typeof RANGES];
    if (Number.isInteger(value) && value >= lowest && value <= highest) continue;
    problems.push(`${name} must be an integer from ${lowest} to ${highest}, not ${String(value)}`);
  }
  return problems;
}

/** Throws where nobody can catch it but the process: the default for errors of callbacks. */
export function throwOutOfBand(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
