import { SlottedList } from '../foundation/slotted-list.ts';
import { DeadlinePassedError, WorkerRefusedError } from './worker-errors.ts';
import type { Worker } from './worker.ts';

/** Tells some workers from others. */
export type Those = (worker: Worker) => boolean;

const all: Those = () => true;
const none: Those = () => false;

/**
 * Runs at most `size` workers at once; the others wait, first come, first served.
 *
 * States: *open* -> *draining* (waiting workers that can be returned are refused, of some entrypoints or of all, the rest
 * still runs) -> *closed* (nothing is started any more).
 */
export class WorkerPool {
  readonly size: number;
  readonly #running = new SlottedList<Worker>();
  #waiting: Worker[] = [];
  #isClosed = false;
  #drains: Those = none;
  #idle: { readonly those: Those; readonly tell: () => void }[] = [];

  constructor(size: number) {
    this.size = size;
  }

  /** The workers that run now. */
  get running(): readonly Worker[] {
    return this.#running.members;
  }

  /** True if no worker runs or waits. */
  get isIdle(): boolean {
    return this.running.length === 0 && this.#waiting.length === 0;
  }

  /** Starts the worker, or lets it wait for a free slot. */
  add(worker: Worker): void {
    if (this.#isClosed || (worker.request.returnable && this.#drains(worker))) return refuse(worker);
    if (this.running.length < this.size && !this.#waiting.length) return this.#begin(worker);
    this.#waiting.push(worker);
    worker.onAbortWhileWaiting = (reason) => {
      this.#waiting = this.#waiting.filter((other) => other !== worker);
      worker.refuse(reason);
      this.#tellIdle();
    };
  }

  /** Refuses the waiting workers whose messages another instance can take, now and from now on; the rest goes on. */
  drain(those: Those = all): void {
    this.#drains = those;
    const isReturned = (worker: Worker): boolean => worker.request.returnable === true && those(worker);
    const returned = this.#waiting.filter(isReturned);
    this.#waiting = this.#waiting.filter((worker) => !isReturned(worker));
    for (const worker of returned) refuse(worker);
    this.#tellIdle();
  }

  /** Resolves when none of those workers runs or waits. */
  whenIdle(those: Those = all): Promise<void> {
    return new Promise((tell) => {
      this.#idle.push({ those, tell });
      this.#tellIdle();
    });
  }

  /** Refuses all that wait and gives up all that run. */
  kill(error: unknown): void {
    this.close();
    for (const worker of this.#running.clear()) worker.kill(error);
    this.#tellIdle();
  }

  /** Refuses all that wait and all that still come; what runs goes on. */
  close(): void {
    this.#isClosed = true;
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
      this.#running.remove(worker); // one that was killed is not there any more
      this.#beginWaiting();
    });
  }

  #beginWaiting(): void {
    while (this.running.length < this.size) {
      const worker = this.#waiting.shift();
      if (!worker) break;
      this.#begin(worker);
    }
    this.#tellIdle();
  }

  #tellIdle(): void {
    if (!this.#idle.length) return;
    const isIdle = (those: Those): boolean => ![...this.running, ...this.#waiting].some(those);
    const told = this.#idle.filter(({ those }) => isIdle(those));
    this.#idle = this.#idle.filter((waiter) => !told.includes(waiter));
    for (const { tell } of told) tell();
  }
}

function refuse(worker: Worker): void {
  worker.refuse(new WorkerRefusedError(worker.context.serviceName, worker.context.method));
}
