import type { Awaitable } from '../../packages/mycel/src/foundation/awaitable.ts';
import { dependency, type Dependency } from '../../packages/mycel/src/core/dependency.ts';
import { DependencyProvider } from '../../packages/mycel/src/core/dependency-provider.ts';
import { Extension } from '../../packages/mycel/src/core/extension.ts';
import type { WorkerContext } from '../../packages/mycel/src/core/worker-context.ts';
import type { WorkerOutcome } from '../../packages/mycel/src/core/worker-request.ts';
import { atMoment, type Moments } from './fired-entrypoint.ts';
import type { Steps } from './steps.ts';

/** What a worker finds in the field of a {@link notingDependency}. */
export interface Provided {
  readonly name: string;
  readonly context: WorkerContext;
}

/** What a test wants a provider to do in its hooks, besides noting them. */
export interface Hooks extends Moments {
  readonly getDependency?: (context: WorkerContext) => Awaitable<void>;
  readonly workerSetup?: (context: WorkerContext) => Awaitable<void>;
  readonly workerResult?: (context: WorkerContext, outcome: WorkerOutcome) => Awaitable<void>;
  readonly workerTeardown?: (context: WorkerContext) => Awaitable<void>;
}

class NotingProvider extends DependencyProvider<Provided> {
  override readonly kind = 'noting';
  readonly #name: string;
  readonly #steps: Steps;
  readonly #hooks: Hooks;

  constructor(name: string, steps: Steps, hooks: Hooks) {
    super();
    this.#name = name;
    this.#steps = steps;
    this.#hooks = hooks;
  }

  override describe(): Record<string, unknown> {
    return { name: this.#name };
  }

  override setup(): Awaitable<void> {
    return atMoment(this.#name, this.#steps, this.#hooks, 'setup');
  }

  override start(): Awaitable<void> {
    return atMoment(this.#name, this.#steps, this.#hooks, 'start');
  }

  override stop(): Awaitable<void> {
    return atMoment(this.#name, this.#steps, this.#hooks, 'stop');
  }

  override kill(): Awaitable<void> {
    return atMoment(this.#name, this.#steps, this.#hooks, 'kill');
  }

  override async getDependency(context: WorkerContext): Promise<Provided> {
    this.#steps.note(`${this.#name}.getDependency`);
    await this.#hooks.getDependency?.(context);
    return { name: this.#name, context };
  }

  override workerSetup(context: WorkerContext): Awaitable<void> {
    this.#steps.note(`${this.#name}.workerSetup`);
    return this.#hooks.workerSetup?.(context);
  }

  override workerResult(context: WorkerContext, outcome: WorkerOutcome): Awaitable<void> {
    this.#steps.note(`${this.#name}.workerResult`);
    return this.#hooks.workerResult?.(context, outcome);
  }

  override workerTeardown(context: WorkerContext): Awaitable<void> {
    this.#steps.note(`${this.#name}.workerTeardown`);
    return this.#hooks.workerTeardown?.(context);
  }
}

/** Declares a dependency that notes each of its moments and hooks as `name.hook`. */
export function notingDependency(name: string, steps: Steps, hooks: Hooks = {}): Dependency<Provided> {
  return dependency<Provided>(() => new NotingProvider(name, steps, hooks));
}

/** An extension that is neither entrypoint nor dependency and notes its moments. */
export class NotingExtension extends Extension {
  readonly #name: string;
  readonly #steps: Steps;
  readonly #moments: Moments;

  constructor(name: string, steps: Steps, moments: Moments = {}) {
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
