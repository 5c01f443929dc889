import type { AmqpTransport } from '../../../packages/mycel/src/amqp/amqp-transport.ts';
import type { Transport } from '../../../packages/mycel/src/transport/transport.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { Ledger } from '../books/ledger.ts';
import type { CountingLogger } from './counting-logger.ts';

/** A place from which events are published and calls are made. */
export interface Station {
  readonly name: string;
  readonly transport: Transport;
  /** How often something went wrong with its connection so far. */
  readonly losses: () => number;
}

/**
 * Counts what may have made a publisher send an event twice: what it warned of, and channels that the broker closed; those that
 * missed an exchange are told of once, and two deletions in a second are one.
 */
export function lossesOf(logger: CountingLogger, { counters }: Pick<AmqpTransport, 'counters'>): number {
  return logger.count + counters.total('channels_lost');
}

/** What callers give their calls, in milliseconds. */
export interface CallTimeouts {
  readonly leastMs: number;
  readonly mostMs: number;
}

/** How often something is sent that ends who takes it: instances that are processes take a while to be there again. */
export interface DeathRates {
  /** Milliseconds between two groups of risky events of one station, on average. */
  readonly riskyEveryMs: number;
  /** The share of calls that are fatal. */
  readonly fatalCalls: number;
}

export interface LoadOptions {
  readonly ledger: Ledger;
  readonly random: SeededRandom;
  /** Milliseconds between two events, or calls, of one station, on average. */
  readonly everyMs: number;
  /** Milliseconds between two events of one key, on average: their order makes them wait for each other's attempts. @default 4 * everyMs */
  readonly keyEveryMs?: number;
  /** Handlers fail on some events, and some are invalid. @default true */
  readonly failures?: boolean;
  /** @default 20 ms to 3 s */
  readonly callTimeouts?: CallTimeouts;
  /** @default nothing is sent that does */
  readonly deaths?: DeathRates;
  /** Failures of handlers are counted in each process by itself, so that an event may come to fail more often than planned. */
  readonly countsByProcess?: boolean;
}
