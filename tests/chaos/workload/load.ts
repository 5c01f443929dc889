import type { SeededRandom } from '../../support/seeded-random.ts';
import type { Fate } from '../books/pages.ts';
import { CallLoad } from './call-load.ts';
import { codeOf } from './code-of.ts';
import type { LoadOptions, Station } from './load-options.ts';
import { attempts, type EventPayload, type EventType, failsAlways, handlersOf, source } from './names.ts';
import { pause } from './pause.ts';

/** So many events at once are more than the workers of all instances. */
const burst = 40;

/** How many risky events come with one that is lethal. */
const riskyNeighbours = 3;

interface Special {
  readonly key?: string;
  readonly sequence?: number;
  readonly isLethal?: boolean;
}

interface ChosenFates {
  readonly failures: Readonly<Record<string, number | 'later'>>;
  readonly fates: Readonly<Record<string, Fate>>;
  readonly amount: number;
}

const lethal: ChosenFates = { failures: {}, fates: { 'lab.onRisky': 'poison' }, amount: 1 };

const honestRejections: ReadonlySet<string> = new Set([
  'MYCEL_DISCONNECTED',
  'MYCEL_PUBLISH_BUFFER',
  'MYCEL_PUBLISH_REJECTED',
  'MYCEL_TRANSPORT_CLOSED',
]);

/** Publishes and calls from one station until the signal aborts, and enters it into the books. */
export class Load {
  readonly #station: Station;
  readonly #options: LoadOptions;
  readonly #calls: CallLoad;
  readonly #underWay = new Set<Promise<void>>();
  readonly #sparing = new AbortController();
  #count = 0;

  constructor(station: Station, options: LoadOptions) {
    this.#station = station;
    this.#options = options;
    this.#calls = new CallLoad(station, options);
  }

  /** Runs until the signal aborts and all that was begun is settled. */
  async run(signal: AbortSignal): Promise<void> {
    const others = ['a', 'b', 'c'].map((key) => this.#moveInOrder(`${this.#station.name}-${key}`, signal));
    const { random, everyMs, deaths } = this.#options;
    const { signal: sparing } = this.#sparing;
    if (deaths) others.push(this.#takeRisks(deaths.riskyEveryMs, AbortSignal.any([signal, sparing])));
    while (!signal.aborted) {
      await pause(1 + random.below(2 * everyMs), signal);
      if (random.next() < 0.3) this.#start(this.#calls.call(sparing.aborted ? 0 : deaths?.fatalCalls));
      else if (random.next() < 0.85) this.#sell();
      else this.#start(this.#publish('frail'));
    }
    await Promise.all([...others, ...this.#underWay]);
  }

  /** From now on nothing is sent that ends who takes it; what was sent still may. */
  spare(): void {
    this.#sparing.abort();
  }

  #start(work: Promise<void>): void {
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }

  /** Now and then so many at once that handlers have some waiting. */
  #sell(): void {
    const count = this.#options.random.next() < 0.02 ? burst : 1;
    for (let number = 0; number < count; number++) this.#start(this.#publish('sold'));
  }

  /** Publishes events of which some end who handles them, with neighbours that must come to no harm. */
  async #takeRisks(riskyEveryMs: number, signal: AbortSignal): Promise<void> {
    const { random } = this.#options;
    for (;;) {
      await pause(1 + random.below(2 * riskyEveryMs), signal);
      if (signal.aborted) return;
      const lethal = random.below(2 * riskyNeighbours);
      for (let number = 0; number <= riskyNeighbours; number++)
        this.#start(this.#publish('risky', { isLethal: number === lethal }));
    }
  }

  /** Publishes the events of one key, each once the one before is confirmed. */
  async #moveInOrder(key: string, signal: AbortSignal): Promise<void> {
    const { random, everyMs, keyEveryMs = 4 * everyMs } = this.#options;
    for (let sequence = 0; !signal.aborted; sequence++) {
      await this.#publish('moved', { key, sequence });
      await pause(1 + random.below(2 * keyEveryMs), signal);
    }
  }

  async #publish(type: EventType, { isLethal = false, ...order }: Special = {}): Promise<void> {
    const { ledger } = this.#options;
    const { transport, losses } = this.#station;
    const id = `${this.#station.name}-${type}-${++this.#count}`;
    const { failures, fates, amount } = isLethal ? lethal : this.#chooseFates(type);
    ledger.published({ id, type, fates, ...order });
    const special = isLethal ? { isLethal } : {};
    const payload: EventPayload & { readonly amount: number } = {
      id,
      key: order.key ?? '',
      failures,
      amount,
      ...special,
    };
    const before = losses();
    try {
      const context = { callIdStack: [], data: {} };
      const { routed } = await transport.events.publish({ source, type, payload, context });
      ledger.acknowledged(id, { routed, mayBeTwice: losses() !== before });
    } catch (error) {
      const code = codeOf(error);
      if (!honestRejections.has(code)) ledger.surprise(`publishing ${id} failed with ${code}: ${String(error)}`);
      ledger.rejected(id, code);
    }
  }

  #chooseFates(type: EventType): ChosenFates {
    const { random, countsByProcess = false, failures: mayFail = true } = this.#options;
    const failures: Record<string, number | 'later'> = {};
    const fates: Record<string, Fate> = {};
    for (const handler of handlersOf[type]) {
      const planned = mayFail && type !== 'risky' ? plannedFailures(random) : 0;
      if (planned !== 0) failures[handler] = planned;
      fates[handler] = type === 'risky' ? 'handled or poison' : fateOf(planned, countsByProcess);
    }
    const isInvalid = mayFail && type === 'sold' && random.next() < 0.03;
    if (isInvalid) fates['billing.onSold'] = 'invalid';
    return { failures, fates, amount: isInvalid ? -1 : 1 };
  }
}

function fateOf(planned: number | 'later', countsByProcess: boolean): Fate {
  if (planned === failsAlways) return 'failed';
  if (planned !== 'later' && planned >= attempts) return 'mended';
  return planned !== 0 && countsByProcess ? 'handled or failed' : 'handled';
}

function plannedFailures(random: SeededRandom): number | 'later' {
  const chance = random.next();
  if (chance < 0.8) return 0;
  if (chance < 0.9) return 1 + random.below(attempts - 1);
  if (chance < 0.95) return attempts + random.below(attempts);
  return chance < 0.98 ? 'later' : failsAlways;
}
