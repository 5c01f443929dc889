import type { Clock } from '../../foundation/clock.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { MemoryAccount } from './memory-account.ts';

/** What a queue needs of its virtual host. */
export interface QueueHost {
  readonly clock: Clock;
  readonly memory: MemoryAccount;
  readonly deadLetters: DeadLetters;
  /** A queue has so many consumers more, or less. */
  countConsumers(change: number): void;
  /** Takes a queue out of the virtual host that nobody uses any more. */
  queueIsUnused(name: string): void;
}
