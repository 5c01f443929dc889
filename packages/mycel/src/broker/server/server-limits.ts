import { UsageError } from '../../foundation/errors.ts';
import { protocol } from '../../protocol/codec/index.ts';

/** What clients of a server may use, so that none of them can take it down. */
export interface ServerLimits {
  /** Connections at once; further ones are dropped. @default 2048 */
  readonly connections: number;
  /** Connections of one address that are not open yet; for one more the oldest is dropped. @default 256 */
  readonly unopenedPerAddress: number;
  /** Channels of one connection, told to the client. @default 2047 */
  readonly channels: number;
  /** Bytes of a frame, told to the client; 4096 at least. @default 131072 */
  readonly frameBytes: number;
  /** Bytes of a body: a larger message ends its channel (406) before any of it is kept. @default 134217728 */
  readonly messageBytes: number;
  /** Bytes of incomplete messages of all connections; above it the one ends that has held most for longest (506). @default 268435456 */
  readonly partialBytes: number;
  /** Bytes that wait to be sent to all clients together; above it nobody gets messages for a while. @default 268435456 */
  readonly unsentBytes: number;
  /** The interval of heartbeats that is proposed to clients; 0 for none. @default 60 */
  readonly heartbeatSeconds: number;
  /** Milliseconds for a connection to be opened. @default 10000 */
  readonly handshakeTimeoutMs: number;
  /** Milliseconds a client may leave many answers unread before its connection is dropped. @default 60000 */
  readonly unreadTimeoutMs: number;
  /** Milliseconds a client may take to answer that its connection is closed, and to close its socket. @default 2000 */
  readonly goodbyeTimeoutMs: number;
}

const mebibyte = 1024 * 1024;

const defaults: ServerLimits = {
  connections: 2048,
  unopenedPerAddress: 256,
  channels: 2047,
  frameBytes: 131_072,
  messageBytes: 128 * mebibyte,
  partialBytes: 256 * mebibyte,
  unsentBytes: 256 * mebibyte,
  heartbeatSeconds: 60,
  handshakeTimeoutMs: 10_000,
  unreadTimeoutMs: 60_000,
  goodbyeTimeoutMs: 2000,
};

/** What each may be, where that is not any whole number from 1 on. */
const ranges: { readonly [name in keyof ServerLimits]?: readonly [number, number] } = {
  channels: [1, 65_535],
  frameBytes: [protocol.FRAME_MIN_SIZE, 2 ** 31 - 1],
  heartbeatSeconds: [0, 65_535],
  handshakeTimeoutMs: [1, 2 ** 31 - 1],
  unreadTimeoutMs: [1, 2 ** 31 - 1],
  goodbyeTimeoutMs: [1, 2 ** 31 - 1],
};

/** Fills in the defaults. Throws a `UsageError` that names every limit that cannot be. */
export function resolveServerLimits(limits: Partial<ServerLimits> = {}): ServerLimits {
  const resolved = { ...defaults, ...limits };
  const problems: string[] = [];
  for (const [name, value] of Object.entries(resolved)) {
    // Of a spread of limits: its names are theirs. An unknown one has no range.
    const [least, most] = ranges[name as keyof ServerLimits] ?? [1, Number.MAX_SAFE_INTEGER];
    if (!Number.isInteger(value) || value < least || value > most) {
      problems.push(`${name} must be a whole number from ${least} to ${most}, not ${String(value)}`);
    }
  }
  if (problems.length > 0) throw new UsageError(`The limits of the broker's server cannot be: ${problems.join('; ')}`);
  return resolved;
}
