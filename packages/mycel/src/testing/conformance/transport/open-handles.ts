import { createHook } from 'node:async_hooks';

/** The sockets and timers that are made while it looks, until they are gone. */
export class OpenHandles {
  readonly #open = new Map<number, string>();
  #isSealed = false;
  readonly #hook = createHook({
    init: (id, kind) => {
      if (!this.#isSealed && /^(Timeout|TCPWRAP|TLSWRAP|PIPEWRAP)$/.test(kind)) this.#open.set(id, kind);
    },
    destroy: (id) => void this.#open.delete(id),
  }).enable();

  /** Looks for no more, and goes on watching those that there are. */
  seal(): void {
    this.#isSealed = true;
  }

  /** The kinds of those that are not gone. */
  get left(): readonly string[] {
    return [...this.#open.values()];
  }

  /** Ends watching. */
  forget(): void {
    this.#hook.disable();
  }
}
