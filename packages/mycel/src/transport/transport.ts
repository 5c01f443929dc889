import type { Counters } from '../foundation/counters.ts';
import type { HealthReport } from '../foundation/health-report.ts';
import { resourceKey } from '../foundation/resource-key.ts';
import type { DeadLetterTransport } from './dead-letter-transport.ts';
import type { DiscoveryTransport } from './discovery-transport.ts';
import type { EventTransport } from './event-transport.ts';
import type { RpcTransport } from './rpc-transport.ts';

/**
 * What carries rpcs and events: RabbitMQ, the embedded broker, Redis streams.
 * Opened lazily by the first service that needs it and closed when the last has stopped.
 */
export interface Transport {
  /** What it is, as one word: `amqp`, `redis`, `memory`. */
  readonly name: string;
  readonly capabilities: TransportCapabilities;
  readonly rpc: RpcTransport;
  readonly events: EventTransport;
  /** Absent from a transport whose services cannot be listed. */
  readonly discovery?: DiscoveryTransport;
  /** Absent from a transport that keeps no dead letters. */
  readonly deadLetters?: DeadLetterTransport;
  /** What has happened on it, and to those who use it: connections lost, events retried, calls expired. */
  readonly counters?: Counters;
  /** Called once if it gave up getting its broker back: nothing will go through it any more. Whoever runs services on it ends them. */
  onFailed?: ((error: Error) => void) | undefined;
  /** Connects. Idempotent; rejects with a typed error that says what could not be reached and what to try. */
  open(): Promise<void>;
  /** Sends what is still buffered, waits for its confirms, and disconnects. Idempotent. */
  close(): Promise<void>;
  /**
   * Tells how its connections are, and what it publishes and gets replies on; consumers tell by themselves
   * (`health` of a subscription). Absent from a transport that does not know: it is then taken to be well.
   */
  health?(): HealthReport;
}

/** What differs between transports; the conformance suite reads it, and it is the shortest description of a broker. */
export interface TransportCapabilities {
  /** A call to a service that no queue exists for fails at once. */
  readonly unknownServiceAtOnce: boolean;
  /** Messages wait in the broker while no instance of the service runs. */
  readonly durable: boolean;
  /** Keyword arguments travel beside positional ones. */
  readonly keywordArguments: boolean;
  /** An aborted call reaches the callee's signal. */
  readonly cancellation: boolean;
  /** A failed event can be held back for a while, and kept as a dead letter. @default false */
  readonly retries?: boolean;
}

/** Where a container finds the transport of its process. */
export const transportKey = resourceKey<Transport>('transport');
