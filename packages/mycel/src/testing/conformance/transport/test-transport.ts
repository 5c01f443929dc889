import { UsageError } from '../../../foundation/errors.ts';
import type { TestFunction } from '../test-function.ts';
import { skipReason } from './transport-behaviour.ts';
import { transportBehaviours } from './transport-behaviours.ts';
import type { TransportSubject } from './transport-subject.ts';

/**
 * Declares a test for each of the `transportBehaviours`. One that the subject cannot show is skipped, and its name says
 * why. Each test waits up to 8 seconds for what must come, or the `patienceMs` of the subject, so let the runner give it more.
 * Throws a `UsageError` if an exception of the subject names no behaviour.
 */
export function testTransport(test: TestFunction, subject: TransportSubject): void {
  refuseUnknown(Object.keys(subject.exceptions ?? {}));
  for (const behaviour of transportBehaviours) {
    const reason = skipReason(behaviour, subject);
    const run = (): Promise<void> => behaviour.run(subject);
    if (reason === undefined) test(behaviour.name, run);
    else test.skip(`${behaviour.name} (skipped: ${reason})`, run);
  }
}

function refuseUnknown(exceptions: readonly string[]): void {
  const known = new Set(transportBehaviours.map(({ name }) => name));
  for (const name of exceptions) {
    if (!known.has(name))
      throw new UsageError(`testTransport: no behaviour is named '${name}', of which an exception is made`);
  }
}
