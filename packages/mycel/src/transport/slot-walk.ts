import type { Segment } from './rich-marks.ts';

/** Gets a container of a JSON value and the key of one of its elements; answers whether the walk goes on. */
export type SlotVisitor = (container: object, key: string | number) => boolean;

/** Follows paths through JSON values, for at most so many steps in all. */
export class SlotWalk {
  #stepsLeft: number;

  constructor(maxSteps: number) {
    this.#stepsLeft = maxSteps;
  }

  /** The steps did not suffice: what was asked for is not done. */
  get exhausted(): boolean {
    return this.#stepsLeft < 0;
  }

  /**
   * Visits what `path` leads to from `container`, by own properties and elements only; nothing where there is none.
   * False when a visitor answered so, or the steps are used up.
   */
  every(container: object, path: readonly Segment[], visit: SlotVisitor, from = 0): boolean {
    const segment = path[from];
    if (segment === undefined || !isJsonContainer(container)) return true;
    if (segment !== null) return !hasSlot(container, segment) || this.#step(container, segment, path, visit, from);
    if (!Array.isArray(container)) {
      return Object.keys(container).every((key) => this.#step(container, key, path, visit, from));
    }
    for (let index = 0; index < container.length; index += 1) {
      if (!this.#step(container, index, path, visit, from)) return false;
    }
    return true;
  }

  #step(container: object, key: string | number, path: readonly Segment[], visit: SlotVisitor, from: number): boolean {
    this.#stepsLeft -= 1;
    if (this.#stepsLeft < 0) return false;
    if (from === path.length - 1) return visit(container, key);
    const next = readSlot(container, key);
    return typeof next !== 'object' || next === null || this.every(next, path, visit, from + 1);
  }
}

/** Reads an element that `SlotWalk` found. */
export function readSlot(container: object, key: string | number): unknown {
  // The walk has seen that the key is the container's own.
  return (container as Record<string | number, unknown>)[key];
}

/** Not the Date, bytes, Map or Set that an earlier mark may have put there. */
function isJsonContainer(value: object): boolean {
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}

function hasSlot(container: object, segment: string | number): boolean {
  if (Array.isArray(container)) return typeof segment === 'number' && segment < container.length;
  return typeof segment === 'string' && Object.hasOwn(container, segment);
}
