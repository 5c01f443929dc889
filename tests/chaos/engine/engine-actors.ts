import type { BrokerEngine } from '../../../packages/mycel/src/broker/engine/broker-engine.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import type { Ledger, Note } from '../books/ledger.ts';
import { CountingLogger } from '../workload/counting-logger.ts';
import { EngineFaults } from './engine-faults.ts';
import type { Published } from './faulty-link.ts';
import { FaultySource } from './faulty-source.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What a run on the engine stands on. */
export interface EngineWorld {
  readonly engine: BrokerEngine;
  readonly ledger: Ledger;
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly note: Note;
}

/** One of those whose connections break. */
export interface Actor {
  readonly faults: EngineFaults;
  readonly source: FaultySource;
  readonly logger: CountingLogger;
}

/** Gives somebody connections of his own, which can be broken. */
export function makeActor(
  { engine, random, note, time }: EngineWorld,
  name: string,
  onPublish?: (message: Published) => void,
): Actor {
  const faults = new EngineFaults(new SeededRandom(random.below(2 ** 31)), (line) => note(`${line} (${name})`));
  const source = new FaultySource(engine, {
    judge: (step, link) => {
      time.activity += 1;
      return faults.judge(step, link);
    },
    ...(onPublish ? { onPublish } : {}),
  });
  faults.attach(source);
  const logger = new CountingLogger((level, message) => note(`${name} ${level}: ${withoutIds(message)}`));
  return { faults, source, logger };
}

/** What differs between two runs of one seed is not noted. */
function withoutIds(message: string): string {
  return message.replaceAll(/[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}/g, '<id>');
}
