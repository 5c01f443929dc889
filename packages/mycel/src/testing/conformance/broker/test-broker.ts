import type { TestFunction } from '../test-function.ts';
import { withPatience } from '../within.ts';
import { skipReason } from './broker-behaviour.ts';
import { brokerBehaviours } from './broker-behaviours.ts';
import type { LackingCapabilities } from './broker-capability.ts';
import type { Differences } from './rabbitmq-differences.ts';
import { BrokerWorld, type EmptyVhost } from './broker-world.ts';

/** A broker that the suite is run on. */
export interface BrokerSubject {
  /** What it lacks, each with the reason. @default {}, it has everything */
  readonly lacking?: LackingCapabilities;
  /** The names of behaviours that it shows otherwise, each with the reason. @default {}, none */
  readonly differing?: Differences;
  /** How long a behaviour waits for what must come; less than the runner gives a test. @default 8000 */
  readonly patienceMs?: number;
  /** Makes an empty virtual host; called once for each behaviour. */
  readonly openVhost: () => Promise<EmptyVhost>;
}

/** Declares a test for each of the `brokerBehaviours`. One that the subject cannot show is skipped, and its name says why. */
export function testBroker(test: TestFunction, subject: BrokerSubject): void {
  const { lacking = {}, differing = {}, openVhost, patienceMs } = subject;
  refuseUnknown(Object.keys(differing));
  for (const behaviour of brokerBehaviours) {
    const reason = skipReason(behaviour, lacking) ?? differing[behaviour.name];
    const run = async () => {
      const world = new BrokerWorld(await openVhost());
      try {
        await withPatience(patienceMs, () => behaviour.run(world));
      } finally {
        await world[Symbol.asyncDispose]();
      }
    };
    if (reason === undefined) test(behaviour.name, run);
    else test.skip(`${behaviour.name} (skipped: ${reason})`, run);
  }
}

/** An exception for a behaviour that was renamed since would hold for nothing. */
function refuseUnknown(names: readonly string[]): void {
  const known = new Set(brokerBehaviours.map(({ name }) => name));
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) throw new Error(`No behaviour is named '${unknown}'`);
}
