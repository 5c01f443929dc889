/** Background tasks that belong to somebody: each is given a signal, and an error that escapes is reported. */
export class TaskGroup {
  readonly #running = new Map<Promise<void>, string>();
  readonly #controller = new AbortController();
  readonly #onFailure: (name: string, error: unknown) => void;

  constructor(onFailure: (name: string, error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  /** The names of the tasks that run now. */
  get running(): readonly string[] {
    return [...this.#running.values()];
  }

  /** Starts `task`. What it rejects with because the group was aborted is not reported. */
  spawn(name: string, task: (signal: AbortSignal) => Promise<void>): void {
    const { signal } = this.#controller;
    const running: Promise<void> = (async () => task(signal))()
      .catch((error: unknown) => {
        if (!(signal.aborted && isAbort(error, signal))) this.#onFailure(name, error);
      })
      .finally(() => this.#running.delete(running));
    this.#running.set(running, name);
  }

  /** Aborts the signal of every task. */
  abort(): void {
    this.#controller.abort();
  }

  /** Resolves when no task runs any more. */
  async ended(): Promise<void> {
    await Promise.all(this.#running.keys());
  }
}

/** Node's own functions that take a signal reject with an `AbortError` of theirs, not with the signal's reason. */
function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError');
}
