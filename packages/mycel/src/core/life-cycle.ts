import type { Awaitable } from '../foundation/awaitable.ts';

/** The four moments in the life of an extension; {@link Extension} tells what each may count on. */
export interface LifeCycle {
  setup(): Awaitable<void>;
  start(): Awaitable<void>;
  stop(): Awaitable<void>;
  kill(): Awaitable<void>;
}
