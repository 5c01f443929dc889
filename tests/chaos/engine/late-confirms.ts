import type { SeededRandom } from '../../support/seeded-random.ts';
import type { FaultyLink, Step } from './faulty-link.ts';

/** Lets confirms come late and out of their order, which a broker may do. Nothing else on their channel overtakes them. */
export class LateConfirms {
  readonly #random: SeededRandom;
  readonly #late = new WeakMap<FaultyLink, Set<Step>>();
  #mostMs = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** Confirms come up to so much later from now on; 0 is at once. */
  set mostMs(ms: number) {
    this.#mostMs = ms;
  }

  /** Tells whether the step is a confirm that comes later. */
  takes(step: Step, link: FaultyLink): boolean {
    if (step.direction !== 'to client') return false;
    const late = this.#late.get(link) ?? new Set<Step>();
    this.#late.set(link, late);
    if (step.method.name === 'basic.ack' && this.#mostMs > 0) {
      late.add(step);
      setTimeout(() => this.#pass(step, link), 1 + this.#random.below(this.#mostMs));
      return true;
    }
    if (!step.method.name.startsWith('basic.'))
      for (const other of late) if (other.channel === step.channel) this.#pass(other, link);
    return false;
  }

  #pass(step: Step, link: FaultyLink): void {
    if (!this.#late.get(link)?.has(step)) return;
    // A returned message must not come after its confirm.
    if (link.isHeld('to client')) return void setTimeout(() => this.#pass(step, link), 10);
    this.#late.get(link)?.delete(step);
    if (link.knows(step.channel)) step.pass();
  }
}
