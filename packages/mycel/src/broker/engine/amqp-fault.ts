import { AmqpError, type Method, protocol } from '../../protocol/codec/index.ts';

const { REPLY_CODE } = protocol;

/** The codes that end a channel only; all others end the connection. AMQP 0-9-1, section 1.2: soft and hard errors. */
const soft: ReadonlySet<number> = new Set([
  REPLY_CODE.contentTooLarge,
  REPLY_CODE.noConsumers,
  REPLY_CODE.accessRefused,
  REPLY_CODE.notFound,
  REPLY_CODE.resourceLocked,
  REPLY_CODE.preconditionFailed,
]);

/**
 * A client did what it may not: its channel or its connection ends with this code and text. Thrown by the engine, and sent
 * as `channel.close` or `connection.close` by whoever speaks with the client. Texts are RabbitMQ's, word for word.
 */
export class AmqpFault extends AmqpError {
  readonly code = 'MYCEL_AMQP_FAULT';
  /** What ends. */
  readonly scope: 'channel' | 'connection';
  readonly replyCode: number;
  /** Begins with the code's name, as RabbitMQ's do: `NOT_FOUND - no queue 'q' in vhost '/'`. */
  readonly replyText: string;
  /** The method to blame; the one that was handled, unless it says otherwise. */
  readonly method: Method['name'] | undefined;

  constructor(replyCode: number, replyText: string, method?: Method['name']) {
    const text = cutToShortString(replyText);
    super(`${replyCode} ${text}`);
    this.scope = soft.has(replyCode) ? 'channel' : 'connection';
    this.replyCode = replyCode;
    this.replyText = text;
    this.method = method;
  }
}

/** A reply text travels as at most 255 bytes; RabbitMQ cuts a longer one to 252 and three dots. */
function cutToShortString(text: string): string {
  if (Buffer.byteLength(text) <= 255) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(252));
  return `${text.slice(0, read)}...`;
}
