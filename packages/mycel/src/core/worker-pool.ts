import { DeadlinePassedError, WorkerRefusedError } from './worker-errors.ts';
import type { Worker } from './worker.ts';

/**
 * Runs at most `size` workers at once; the others wait, first come, first served.
 *
 * States: *open* -> *draining* (waiting workers that can be returned were refused, the rest still runs) -> *closed*
 * (nothing is started any more).
 */
export class WorkerPool {
  readonly size: number;
  readonly #running = new Set<Worker>();
  #waiting: Worker[] = [];
  #state: 'open' | 'draining' | 'closed' = 'open';
  #idle: (() => void)[] = [];

  constructor(size: number) {
    this.size = size;
  }

  /** The workers that run now. */
  get running(): ReadonlySet<Worker> {
    return this.#running;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Starts the worker, or lets it wait for a free slot. */
  add(worker: Worker): void {
    if (this.#state === 'closed' || (this.#state === 'draining' && worker.request.returnable)) return refuse(worker);
    if (this.#running.size < this.size && !this.#waiting.length) return this.#begin(worker);
    this.#waiting.push(worker);
    worker.onAbortWhileWaiting = (reason) => {
      this.#waiting = this.#waiting.filter((other) => other !== worker);
      worker.refuse(reason);
      this.#tellIdle();
    };
  }

  /** Refuses the waiting workers whose messages another instance can take; the rest goes on. */
  drain(): void {
    if (this.#state === 'open') this.#state = 'draining';
    const returned = this.#waiting.filter((worker) => worker.request.returnable);
    this.#waiting = this.#waiting.filter((worker) => !worker.request.returnable);
    for (const worker of returned) refuse(worker);
    this.#tellIdle();
  }

  /** Resolves when no worker runs or waits. */
  whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.#tellIdle();
    });
  }

  /** Refuses all that wait and gives up all that run. */
  kill(error: unknown): void {
    this.close();
    for (const worker of this.#running) worker.kill(error);
    this.#running.clear();
    this.#tellIdle();
  }

  /** Refuses all that wait and all that still come; what runs goes on. */
  close(): void {
    this.#state = 'closed';
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const worker of waiting) refuse(worker);
    this.#tellIdle();
  }

  #begin(worker: Worker): void {
    worker.onAbortWhileWaiting = undefined;
    if (worker.context.remainingMs === 0) {
      return worker.refuse(new DeadlinePassedError(worker.context.serviceName, worker.context.method));
    }
    this.#running.add(worker);
    void worker.run().then(() => {
      this.#running.delete(worker);
      this.#beginWaiting();
    });
  }

  #beginWaiting(): void {
    while (this.#running.size < this.size) {
      const worker = this.#waiting.shift();
      if (!worker) break;
      this.#begin(worker);
    }
    this.#tellIdle();
  }

  #tellIdle(): void {
    if (!this.#idle.length || this.#running.size || this.#waiting.length) return;
    const told = this.#idle;
    this.#idle = [];
    for (const tell of told) tell();
  }
}

function refuse(worker: Worker): void {
  worker.refuse(new WorkerRefusedError(worker.context.serviceName, worker.context.method));
}
