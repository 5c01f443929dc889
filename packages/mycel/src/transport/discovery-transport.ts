import type { Subscription } from './subscription.ts';

/**
 * Lets processes ask each other which services they run. What they answer is plain JSON that the transport carries as it
 * is. A transport may do without: its services then work, and cannot be listed.
 */
export interface DiscoveryTransport {
  /**
   * Answers whoever asks with what `describe` returns at that moment, one object for each service; through reconnects, until
   * the subscription or the transport is closed. Nothing is sent unless somebody asks. Resolves once this process can be
   * found. Never rejects: services do not live from being found, so what goes wrong is logged.
   */
  announce(describe: () => readonly object[]): Promise<Subscription>;
  /** Asks all processes. Rejects with a `TransportError` if the broker is not there. */
  discover(question?: DiscoveryQuestion): Promise<Discovery>;
}

/** What is asked. */
export interface DiscoveryQuestion {
  /** Ask for this service only, and for no more than one instance of it. @default all services, all instances */
  readonly service?: string | undefined;
  /** Milliseconds to wait for processes that do not answer; where all do, it takes no longer than the slowest. @default 3000 */
  readonly timeoutMs?: number | undefined;
}

/** What was found. */
export interface Discovery {
  /** What the processes answered, in the order of their answers. It comes from outside: nothing has checked it. */
  readonly services: readonly unknown[];
  /** How many processes are there and did not answer in time: busy, hung, or just ended. */
  readonly silent: number;
  /** Services that take calls but did not answer, as far as the broker tells: programs that do not know the question. */
  readonly others: readonly string[];
}
