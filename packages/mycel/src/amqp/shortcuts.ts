/**
 * The methods that this process calls by the shortcut: those whose callee has said that its queue is bound there. What is known
 * holds for one reply queue and its bindings.
 */
export class Shortcuts {
  /** By `service.method`: whether it is open. */
  readonly #known = new Map<string, boolean>();

  isOpen(method: string): boolean {
    return this.#known.get(method) === true;
  }

  /** The callee says so. One that was found closed stays closed: its callee does not know, and would say so with every reply. */
  open(method: string): void {
    if (!this.#known.has(method)) this.#known.set(method, true);
  }

  /** A call came back: nobody is bound there. */
  close(method: string): void {
    this.#known.set(method, false);
  }

  /** Everything was bound again: those that were closed may be open. */
  reconsider(): void {
    for (const [method, isOpen] of this.#known) if (!isOpen) this.#known.delete(method);
  }

  /** There is another reply queue. */
  forget(): void {
    this.#known.clear();
  }
}
