import { MalformedFrameError, protocol, UnencodableError } from '../../protocol/codec/index.ts';
import { AmqpFault } from '../engine/amqp-fault.ts';

const { REPLY_CODE, SHORT_STRING_MAX_BYTES } = protocol;

const ellipsis = '...';

/** Makes a text fit a reply, as RabbitMQ does: the first 252 bytes and three dots. */
export function fitReplyText(text: string): string {
  if (Buffer.byteLength(text) <= SHORT_STRING_MAX_BYTES) return text;
  const bytes = Buffer.from(text).subarray(0, SHORT_STRING_MAX_BYTES - ellipsis.length);
  // A character that was cut in two would become one that takes more bytes.
  return bytes.toString().replace(/\uFFFD$/, '') + ellipsis;
}

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
