import type { TestFunction } from '../test-function.ts';
import { skipReason } from './broker-behaviour.ts';
import { brokerBehaviours } from './broker-behaviours.ts';
import type { LackingCapabilities } from './broker-capability.ts';
import { BrokerWorld, type EmptyVhost } from './broker-world.ts';

/** A broker that the suite is run on. */
export interface BrokerSubject {
  /** What it lacks, each with the reason. @default {}, it has everything */
  readonly lacking?: LackingCapabilities;
  /** Makes an empty virtual host; called once for each behaviour. */
  readonly openVhost: () => Promise<EmptyVhost>;
}

/** Declares a test for each of the `brokerBehaviours`. One that the subject cannot show is skipped, and its name says why. */
export function testBroker(test: TestFunction, { lacking = {}, openVhost }: BrokerSubject): void {
  for (const behaviour of brokerBehaviours) {
    const reason = skipReason(behaviour, lacking);
    const run = async () => {
      const world = new BrokerWorld(await openVhost());
      try {
        await behaviour.run(world);
      } finally {
        await world[Symbol.asyncDispose]();
      }
    };
    if (reason === undefined) test(behaviour.name, run);
    else test.skip(`${behaviour.name} (skipped: ${reason})`, run);
  }
}
