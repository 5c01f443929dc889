import { withPatience } from '../within.ts';
import { Stage } from './stage.ts';
import type { ConformanceCapabilities, TransportSubject } from './transport-subject.ts';

/** One thing that every transport must do. */
export interface TransportBehaviour {
  /** A sentence, different from those of all others. */
  readonly name: string;
  /** Without these it cannot be shown. */
  readonly needs: readonly (keyof ConformanceCapabilities)[];
  /** Plays it in a world of its own. Rejects, with an `AssertionError` or what the transport threw, if it is not so. */
  run(subject: TransportSubject): Promise<void>;
}

/** Declares a behaviour. `play` rejects if it is not so; what it opened on the stage is closed for it. */
export function behaviour(name: string, play: (stage: Stage) => Promise<void>): TransportBehaviour {
  return {
    name,
    needs: [],
    run: (subject) => withPatience(subject.patienceMs, () => playIn(subject, play)),
  };
}

async function playIn(subject: TransportSubject, play: (stage: Stage) => Promise<void>): Promise<void> {
  const world = await subject.createWorld();
  const stage = new Stage(world);
  try {
    await play(stage);
  } finally {
    await stage.close();
    await world[Symbol.asyncDispose]();
  }
}

/** Says what behaviours need. */
export function needing(
  need: keyof ConformanceCapabilities,
  behaviours: readonly TransportBehaviour[],
): readonly TransportBehaviour[] {
  return behaviours.map((each) => ({ ...each, needs: [...each.needs, need] }));
}

const whatIsMissing: Readonly<Record<keyof ConformanceCapabilities, string>> = {
  unknownServiceAtOnce: 'a call to an unknown service does not fail at once here',
  durable: 'nothing waits here while no instance runs',
  keywordArguments: 'arguments have no names here',
  retries: 'no event is held back for a later attempt here',
  cancellation: 'a callee does not hear here that its caller gave up',
  discovery: 'services cannot be listed here',
  connectionLoss: 'connections are not broken here',
  unreadableMessages: 'nothing unreadable is sent here',
  unreachableBroker: 'no broker can be out of reach here',
};

/** Says why a behaviour cannot be shown by a subject; `undefined` if it must be. */
export function skipReason({ name, needs }: TransportBehaviour, subject: TransportSubject): string | undefined {
  const exception = subject.exceptions?.[name];
  if (exception !== undefined) return exception;
  for (const need of needs) {
    const capability = subject.capabilities[need];
    if (capability !== true) return typeof capability === 'string' ? capability : whatIsMissing[need];
  }
  return undefined;
}
