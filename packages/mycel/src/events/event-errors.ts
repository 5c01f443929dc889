import { MycelError } from '../foundation/errors.ts';
import { describeProblems, type SchemaProblem } from '../foundation/schema.ts';

/** An event's payload is not what its schema asks for. At the sender it is thrown: nothing was sent. */
export class InvalidPayloadError extends MycelError {
  readonly code = 'MYCEL_INVALID_PAYLOAD';
  readonly source: string;
  readonly type: string;
  readonly problems: readonly SchemaProblem[];

  constructor(source: string, type: string, problems: readonly SchemaProblem[]) {
    super(`the payload of event '${type}' of ${source} does not fit its schema: ${describeProblems(problems)}`);
    this.source = source;
    this.type = type;
    this.problems = problems;
  }
}

/** No queue took an event: nobody handles it, or nobody ever has on this broker. Thrown at the sender where routing is strict. */
export class EventNotRoutedError extends MycelError {
  readonly code = 'MYCEL_EVENT_NOT_ROUTED';
  readonly source: string;
  readonly type: string;

  constructor(source: string, type: string) {
    super(
      `nobody handles event '${type}' of ${source}: no queue took it; start a service that handles it, see with 'mycel services' who does, or switch strict routing off`,
    );
    this.source = source;
    this.type = type;
  }
}
