import { AmqpTransport } from '../../../packages/mycel/src/amqp/amqp-transport.ts';
import type { Fault } from '../plan/fault-plan.ts';
import { Clerk } from '../workload/clerk.ts';
import { type Actor, type EngineWorld, makeActor } from './engine-actors.ts';

/** Who puts dead letters back meanwhile, each time in a process of its own, which may be killed at any step. */
export class EngineClerk {
  readonly #world: EngineWorld;
  readonly #makeTransport: (source: Actor['source']) => AmqpTransport;
  readonly #actors = new Set<Actor>();
  readonly #underWay = new Set<Promise<void>>();
  #begun = 0;

  constructor(
    world: EngineWorld,
    makeTransport: (source: Actor['source']) => AmqpTransport = (source) => new AmqpTransport({}, source),
  ) {
    this.#world = world;
    this.#makeTransport = makeTransport;
  }

  /** Those at work now. */
  get actors(): readonly Actor[] {
    return [...this.#actors];
  }

  /** Begins to put letters back. If the fault says so, the process is killed at its step. */
  replay(fault: Fault): void {
    const work = this.#replay(fault);
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #replay({ kind, forMs, skip = 0 }: Fault): Promise<void> {
    const { ledger, note, random } = this.#world;
    const name = `clerk ${++this.#begun}`;
    note(`fault: ${kind} (${name})`);
    const actor = makeActor(this.#world, name);
    this.#actors.add(actor);
    if (kind === 'replay killed') {
      actor.source.diesAsOne = true;
      const step = random.pick(steps);
      actor.faults.break({ kind: forMs % 2 === 0 ? 'cut before' : 'cut after', step, skip, atMs: 0, target: 0, forMs });
    }
    const transport = this.#makeTransport(actor.source);
    await new Clerk({ transport, ledger, note, random }).replay();
    this.#actors.delete(actor);
  }
}

/** Where a replay may be killed. */
const steps = [
  'basic.deliver to client',
  'basic.publish to broker',
  'basic.publish to broker',
  'basic.ack to client',
  'basic.ack to broker',
  'basic.ack to broker',
  'basic.nack to broker',
];
