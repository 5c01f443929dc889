import { Message } from '../../packages/mycel/src/broker/engine/message.ts';
import { type MessageProperties, WireWriter, writeProperties } from '../../packages/mycel/src/protocol/codec/index.ts';

/** A message without a body, as the broker reads it from a publisher. */
export function messageWith(properties: MessageProperties, { exchange = '', routingKey = '' } = {}): Message {
  const writer = new WireWriter();
  writeProperties(writer, properties);
  return new Message(exchange, routingKey, { rawProperties: writer.take(), body: Buffer.alloc(0) });
}
