import { decodeProperties, type MessageProperties, WireWriter, writeProperties } from '../../protocol/codec/index.ts';

const writer = new WireWriter();

/** What a publisher sent: properties as they stand in a content header, and the body. */
export interface PublishedContent {
  readonly rawProperties: Buffer;
  readonly body: Buffer;
}

/**
 * A message as the broker keeps it. Never changed, so that all queues it was routed to share one; what a queue knows of it
 * (that it was delivered, when it expires) is the queue's. Properties go from publisher to consumer byte for byte,
 * and are decoded when something in the broker wants to read them.
 */
export class Message implements PublishedContent {
  readonly exchange: string;
  readonly routingKey: string;
  readonly rawProperties: Buffer;
  readonly body: Buffer;
  #properties: MessageProperties | undefined;

  constructor(exchange: string, routingKey: string, { rawProperties, body }: PublishedContent) {
    this.exchange = exchange;
    this.routingKey = routingKey;
    this.rawProperties = rawProperties;
    this.body = body;
  }

  /** The properties, read-only. Throws a `MalformedFrameError` if they are none. */
  get properties(): Readonly<MessageProperties> {
    this.#properties ??= decodeProperties(this.rawProperties);
    return this.#properties;
  }

  /** Bytes of content, which is what the limits of queues and of the broker's memory count. */
  get size(): number {
    return this.rawProperties.length + this.body.length;
  }

  /** Makes the same message under another route, with other properties. */
  with(exchange: string, routingKey: string, properties: MessageProperties): Message {
    writeProperties(writer, properties);
    return new Message(exchange, routingKey, { rawProperties: writer.take(), body: this.body });
  }
}
