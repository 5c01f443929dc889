import { MalformedFrameError, protocol, UnencodableError } from '../../protocol/codec/index.ts';
import { AmqpFault } from '../engine/amqp-fault.ts';

const { REPLY_CODE } = protocol;

const names: ReadonlyMap<number, string> = new Map([
  [REPLY_CODE.contentTooLarge, 'CONTENT_TOO_LARGE'],
  [REPLY_CODE.frameError, 'FRAME_ERROR'],
  [REPLY_CODE.unexpectedFrame, 'UNEXPECTED_FRAME'],
]);

/** Says as a fault what is wrong with a client's bytes, or with those for it; undefined for a bug of the broker. */
export function asFault(error: unknown): AmqpFault | undefined {
  if (error instanceof AmqpFault) return error;
  if (error instanceof UnencodableError) {
    return new AmqpFault(REPLY_CODE.frameError, `FRAME_ERROR - ${error.path} cannot be sent: ${error.problem}`);
  }
  if (!(error instanceof MalformedFrameError)) return undefined;
  // What RabbitMQ cannot decode, a method that it does not know included, is a broken frame.
  const code = names.has(error.replyCode) ? error.replyCode : REPLY_CODE.frameError;
  return new AmqpFault(code, `${names.get(code) ?? 'FRAME_ERROR'} - ${error.problem}`);
}
