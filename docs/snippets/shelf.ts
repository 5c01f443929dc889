import { type Dependency, dependency, DependencyProvider } from 'mycel';

/** What a worker finds in the field. */
export interface Shelf {
  take(item: string, count: number): Promise<number>;
  countAll(signal: AbortSignal): Promise<number>;
}

class ShelfProvider extends DependencyProvider<Shelf> {
  readonly #items = new Map([['apple', 12]]);

  getDependency(): Shelf {
    return {
      take: async (item, count) => {
        const left = (this.#items.get(item) ?? 0) - count;
        this.#items.set(item, left);
        return left;
      },
      countAll: async (signal) => {
        let sum = 0;
        for (const count of this.#items.values()) {
          signal.throwIfAborted();
          sum += count;
        }
        return sum;
      },
    };
  }
}

export const shelf = (): Dependency<Shelf> => dependency(() => new ShelfProvider());
