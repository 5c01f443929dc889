import type { Awaitable } from '../foundation/awaitable.ts';

/** The four moments in the life of an extension; {@link Extension} tells what each may count on. */
export interface LifeCycle {
  setup(): Awaitable<void>;
  start(): Awaitable<void>;
  stop(): Awaitable<void>;
  kill(): Awaitable<void>;
}

/** Where a container is in its life. */
export type ContainerState = 'created' | 'starting' | 'running' | 'stopping' | 'stopped' | 'killed';

/** Where a runner is in its life. */
export type RunnerState = 'created' | 'starting' | 'running' | 'stopping' | 'ended';
