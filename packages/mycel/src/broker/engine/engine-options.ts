import { type Clock, systemClock } from '../../foundation/clock.ts';

/** How much a broker keeps, and whom it tells what. */
export interface EngineOptions {
  /** Where time comes from. @default the machine's clock */
  readonly clock?: Clock;
  /** The virtual hosts there are at the start. @default ['/'] */
  readonly vhosts?: readonly string[];
  /** Bytes of messages kept; above it publishers are blocked until a tenth has gone. @default 512 MiB */
  readonly memoryLimitBytes?: number;
  /** Bytes of a body; a larger message ends its channel (406). @default 128 MiB, as RabbitMQ */
  readonly maxMessageBytes?: number;
  /** Queues in one virtual host. @default 50000 */
  readonly maxQueues?: number;
  /** Exchanges in one virtual host. @default 50000 */
  readonly maxExchanges?: number;
  /** Consumers on one channel. @default 10000 */
  readonly maxConsumers?: number;
  /** Consumers in one virtual host. @default 100000 */
  readonly maxVhostConsumers?: number;
  /** Channels of all connections together. @default 100000 */
  readonly maxChannels?: number;
  /** Is told what a user may want to know: an argument that was accepted and changes nothing here. @default nobody */
  readonly onNotice?: (text: string) => void;
}

/** {@link EngineOptions} with everything decided. */
export type ResolvedEngineOptions = Required<EngineOptions>;

const mebibyte = 1024 * 1024;

const defaults: ResolvedEngineOptions = {
  clock: systemClock,
  vhosts: ['/'],
  memoryLimitBytes: 512 * mebibyte,
  maxMessageBytes: 128 * mebibyte,
  maxQueues: 50_000,
  maxExchanges: 50_000,
  maxConsumers: 10_000,
  maxVhostConsumers: 100_000,
  maxChannels: 100_000,
  onNotice: () => undefined,
};

/** Fills in the defaults. */
export function resolveEngineOptions(options: EngineOptions): ResolvedEngineOptions {
  return { ...defaults, ...options };
}
