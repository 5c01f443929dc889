import type { Awaitable } from '../../packages/mycel/src/foundation/awaitable.ts';
import type { ServiceContainer } from '../../packages/mycel/src/core/container.ts';
import { declareEntrypoint, type EntrypointDecorator } from '../../packages/mycel/src/core/declaration.ts';
import { Entrypoint } from '../../packages/mycel/src/core/entrypoint.ts';
import type { WorkerHandle, WorkerRequest } from '../../packages/mycel/src/core/worker-request.ts';
import type { Steps } from './steps.ts';

/** What an extension of a test does at each moment of its life. */
export interface Moments {
  readonly setup?: () => Awaitable<void>;
  readonly start?: () => Awaitable<void>;
  readonly stop?: () => Awaitable<void>;
  readonly kill?: () => Awaitable<void>;
}

/** Notes the moment as `name.moment`, then does what the test wants of it. */
export function atMoment(
  name: string,
  steps: Steps | undefined,
  moments: Moments,
  moment: keyof Moments,
): Awaitable<void> {
  steps?.note(`${name}.${moment}`);
  return moments[moment]?.();
}

/** An entrypoint that a test fires by hand: see {@link fire}. */
export class FiredEntrypoint extends Entrypoint {
  override readonly kind = 'fired';
  readonly #name: string;
  readonly #steps: Steps | undefined;
  readonly #moments: Moments;

  constructor(name = 'entrypoint', steps?: Steps, moments: Moments = {}) {
    super();
    this.#name = name;
    this.#steps = steps;
    this.#moments = moments;
  }

  override setup(): Awaitable<void> {
    return atMoment(this.#name, this.#steps, this.#moments, 'setup');
  }

  override start(): Awaitable<void> {
    return atMoment(this.#name, this.#steps, this.#moments, 'start');
  }

  override stop(): Awaitable<void> {
    return atMoment(this.#name, this.#steps, this.#moments, 'stop');
  }

  override kill(): Awaitable<void> {
    return atMoment(this.#name, this.#steps, this.#moments, 'kill');
  }
}

/** Declares an entrypoint that is fired by hand. */
export const fired = declareEntrypoint('fired', () => new FiredEntrypoint());

/** Declares one that also notes its moments as `name.setup` and so on. */
export function firedNoting(name: string, steps: Steps, moments: Moments = {}): EntrypointDecorator {
  return declareEntrypoint('fired', () => new FiredEntrypoint(name, steps, moments));
}

/** Fires a method that is decorated with {@link fired}. */
export function fire(
  container: ServiceContainer,
  method: string,
  { args = [], ...request }: Partial<WorkerRequest> = {},
): WorkerHandle {
  const entrypoint = container.entrypoints.find((candidate) => candidate.method === method);
  if (!entrypoint) throw new Error(`${container.serviceName} has no entrypoint on ${method}`);
  return container.spawnWorker({ entrypoint, args, ...request });
}

/** Fires a method and returns what it returned. Throws what it threw. */
export async function call(container: ServiceContainer, method: string, ...args: unknown[]): Promise<unknown> {
  const outcome = await fire(container, method, { args }).outcome;
  if (!outcome.ok) throw outcome.error;
  return outcome.value;
}
