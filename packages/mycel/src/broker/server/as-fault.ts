import { MalformedFrameError, protocol, UnencodableError } from '../../protocol/codec/index.ts';
import { AmqpFault } from '../engine/amqp-fault.ts';

const { REPLY_CODE } = protocol;

const names: ReadonlyMap<number, string> = new Map([
  [REPLY_CODE.contentTooLarge, 'CONTENT_TOO_LARGE'],
  [REPLY_CODE.frameError, 'FRAME_ERROR'],
  [REPLY_CODE.commandInvalid, 'COMMAND_INVALID'],
  [REPLY_CODE.unexpectedFrame, 'UNEXPECTED_FRAME'],
]);

/** Says as a fault what is wrong with a client's bytes, or with those for it; undefined for a bug of the broker. */
export function asFault(error: unknown): AmqpFault | undefined {
  if (error instanceof AmqpFault) return error;
  if (error instanceof UnencodableError) {
    return new AmqpFault(REPLY_CODE.frameError, `FRAME_ERROR - ${error.path} cannot be sent: ${error.problem}`);
  }
  if (!(error instanceof MalformedFrameError)) return undefined;
  // RabbitMQ does not know syntax errors: what it cannot decode is a broken frame.
  const code = error.replyCode === REPLY_CODE.syntaxError ? REPLY_CODE.frameError : error.replyCode;
  return new AmqpFault(code, `${names.get(code) ?? 'FRAME_ERROR'} - ${error.problem}`);
}
