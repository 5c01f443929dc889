import type { SeededRandom } from '../../support/seeded-random.ts';

/** Something that is to break: when, what, and at whom. */
export interface Fault<K extends string = string> {
  readonly atMs: number;
  readonly kind: K;
  /** The number of the one it happens to, among those to whom it can. */
  readonly target: number;
  /** How long it lasts, for what lasts. */
  readonly forMs: number;
  /** Of faults at a protocol step: which, and how many of these go well before. */
  readonly step?: string;
  readonly skip?: number;
}

/** What may break in a ring. */
export interface FaultMenu<K extends string> {
  /** How often each kind is chosen, compared to the others. */
  readonly weights: Readonly<Record<K, number>>;
  readonly targets: number;
  /** Milliseconds between faults, on average. */
  readonly everyMs: number;
  readonly longestMs: number;
  /** The steps that faults may choose. @default none */
  readonly steps?: readonly string[];
}

/** Chooses faults for so long a run; the same random numbers make the same plan. */
export function makePlan<K extends string>(random: SeededRandom, durationMs: number, menu: FaultMenu<K>): Fault<K>[] {
  const plan: Fault<K>[] = [];
  // The keys of a record are those it was made with.
  const kinds = (Object.keys(menu.weights) as K[]).flatMap((kind) => Array<K>(menu.weights[kind]).fill(kind));
  for (let atMs = gap(random, menu); atMs < durationMs; atMs += gap(random, menu)) {
    const fault = {
      atMs,
      kind: random.pick(kinds),
      target: random.below(menu.targets),
      forMs: 1 + random.below(menu.longestMs),
    };
    plan.push(menu.steps ? { ...fault, step: random.pick(menu.steps), skip: random.below(4) } : fault);
  }
  return plan;
}

/** A fault on one line, for people. */
export function describeFault({ atMs, kind, target, forMs, step, skip }: Fault): string {
  const where = step === undefined ? '' : `, step ${step} after ${skip ?? 0}`;
  return `${String(atMs).padStart(6)} ms  ${kind} at ${target}, ${forMs} ms${where}`;
}

function gap(random: SeededRandom, { everyMs }: { readonly everyMs: number }): number {
  return 1 + random.below(2 * everyMs);
}
