import { MycelError } from '../../foundation/errors.ts';

/** The root of every error of the AMQP codec and client. Each subclass has its own literal `code`. */
export abstract class AmqpError extends MycelError {}

/**
 * A value has no form on the wire: a function in a header, a name of more than 255 bytes, a header larger than a frame.
 * It is thrown to the caller before a single byte is sent, so the channel stays usable. Change the value.
 */
export class UnencodableError extends AmqpError {
  readonly code = 'MYCEL_AMQP_UNENCODABLE';
  /** Where the value stands, for example `headers.user.tags[2]`. */
  readonly path: string;
  readonly problem: string;

  constructor(path: string, problem: string) {
    super(`Cannot encode ${path} for AMQP: ${problem}`);
    this.path = path;
    this.problem = problem;
  }
}

/**
 * The peer sent bytes that are no valid AMQP 0-9-1. The connection cannot go on, since the place of the next frame is
 * unknown; `replyCode` is what to tell the peer in `connection.close` (501 frame error, 502 syntax error, ...).
 */
export class MalformedFrameError extends AmqpError {
  readonly code = 'MYCEL_AMQP_MALFORMED_FRAME';
  readonly replyCode: number;
  readonly problem: string;

  constructor(replyCode: number, problem: string) {
    super(`Malformed AMQP from the peer: ${problem}`);
    this.replyCode = replyCode;
    this.problem = problem;
  }
}
