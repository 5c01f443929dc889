/** Background tasks that belong to somebody: each is given a signal, and an error that escapes is reported. */
export class TaskGroup {
  readonly #running = new Set<Promise<void>>();
  readonly #controller = new AbortController();
  readonly #onFailure: (name: string, error: unknown) => void;

  constructor(onFailure: (name: string, error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  /** Starts `task`. An error is not reported if the group was aborted meanwhile and the error is the abort's reason. */
  spawn(name: string, task: (signal: AbortSignal) => Promise<void>): void {
    const { signal } = this.#controller;
    const running: Promise<void> = (async () => task(signal))()
      .catch((error: unknown) => {
        if (!(signal.aborted && error === signal.reason)) this.#onFailure(name, error);
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Aborts the signal of every task. */
  abort(): void {
    this.#controller.abort();
  }

  /** Resolves when no task runs any more. */
  async ended(): Promise<void> {
    await Promise.all(this.#running);
  }
}
