import type { BindingIndex, IndexedBinding, Matches } from './binding-index.ts';

/** Bindings of a fanout exchange: every one matches. */
export class FanoutIndex<B extends IndexedBinding> implements BindingIndex<B> {
  readonly #bindings = new Set<B>();

  add(binding: B): void {
    this.#bindings.add(binding);
  }

  remove(binding: B): void {
    this.#bindings.delete(binding);
  }

  match(_routingKeys: readonly string[], _message: unknown, found: Matches<B>): void {
    for (const binding of this.#bindings) found.add(binding);
  }
}
