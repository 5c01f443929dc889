import type { BindingIndex, IndexedBinding, Matches } from './binding-index.ts';

/** Bindings of a direct exchange: the routing key is the binding's, letter for letter. */
export class DirectIndex<B extends IndexedBinding> implements BindingIndex<B> {
  readonly #byKey = new Map<string, Set<B>>();

  add(binding: B): void {
    const same = this.#byKey.get(binding.routingKey);
    if (same === undefined) this.#byKey.set(binding.routingKey, new Set([binding]));
    else same.add(binding);
  }

  remove(binding: B): void {
    const same = this.#byKey.get(binding.routingKey);
    same?.delete(binding);
    if (same?.size === 0) this.#byKey.delete(binding.routingKey);
  }

  match(routingKeys: readonly string[], _message: unknown, found: Matches<B>): void {
    for (const key of routingKeys) {
      const same = this.#byKey.get(key);
      if (same !== undefined) for (const binding of same) found.add(binding);
    }
  }
}
