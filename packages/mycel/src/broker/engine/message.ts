import {
  decodeProperties,
  type FieldValue,
  MalformedFrameError,
  type MessageProperties,
  UnencodableError,
  WireWriter,
  writeProperties,
} from '../../protocol/codec/index.ts';
import { type BrokeredProperties, PROPERTY_FLAG, readBrokeredProperties } from './brokered-properties.ts';

const writer = new WireWriter();

/**
 * The properties that were read last: of one message they are read again and again, and then never. Kept with each, they would
 * take many times the bytes that they came in, which the limit of memory does not count.
 */
let lastRead: { readonly of: Buffer; readonly properties: MessageProperties } | undefined;

/** What a publisher sent: properties as they stand in a content header, and the body. */
export interface PublishedContent {
  readonly rawProperties: Buffer;
  readonly body: Buffer;
}

/**
 * A message as the broker keeps it. Its content never changes, so that all queues it was routed to share one; what a queue knows of it
 * (that it was delivered, when it expires) is the queue's. Properties go from publisher to consumer byte for byte,
 * and are decoded when something in the broker wants to read them.
 */
export class Message implements PublishedContent {
  readonly exchange: string;
  readonly routingKey: string;
  readonly rawProperties: Buffer;
  readonly body: Buffer;
  /** In how many queues it stands or waits to be settled. Kept by the `MemoryAccount`. */
  places = 0;
  /** All keys it was routed by, if a `BCC` was among them, which those who receive it do not see. */
  blindKeys: readonly string[] | undefined;
  #brokered: BrokeredProperties | undefined;

  constructor(exchange: string, routingKey: string, { rawProperties, body }: PublishedContent) {
    this.exchange = exchange;
    this.routingKey = routingKey;
    this.rawProperties = rawProperties;
    this.body = body;
  }

  /** The properties, read-only. Throws a `MalformedFrameError` if they are none. */
  get properties(): Readonly<MessageProperties> {
    if (lastRead?.of !== this.rawProperties) {
      lastRead = { of: this.rawProperties, properties: decodeProperties(this.rawProperties) };
    }
    return lastRead.properties;
  }

  /** The properties, or nothing if they are none. */
  get readableProperties(): Readonly<MessageProperties> | undefined {
    try {
      return this.properties;
    } catch (error) {
      if (error instanceof MalformedFrameError) return undefined;
      throw error;
    }
  }

  /** Those that the broker acts on, which cost less. Throws a `MalformedFrameError` if the properties are none. */
  get brokered(): Readonly<BrokeredProperties> {
    this.#brokered ??= readBrokeredProperties(this.rawProperties);
    return this.#brokered;
  }

  /** 0 when it has none. */
  get priority(): number {
    return this.hasAny(PROPERTY_FLAG.priority) ? (this.brokered.priority ?? 0) : 0;
  }

  /** How long it may wait in a queue; `Infinity` when it does not say. */
  get expirationMs(): number {
    return this.hasAny(PROPERTY_FLAG.expiration) ? Number(this.brokered.expiration) : Number.POSITIVE_INFINITY;
  }

  /** Tells whether some of the properties are there, without decoding them: {@link PROPERTY_FLAG}s. */
  hasAny(flags: number): boolean {
    const { rawProperties } = this;
    return ((((rawProperties[0] ?? 0) << 8) | (rawProperties[1] ?? 0)) & flags) !== 0;
  }

  /** Bytes of content, which is what the limits of queues and of the broker's memory count. */
  get size(): number {
    return this.rawProperties.length + this.body.length;
  }

  /**
   * Makes the same message under another route, with other properties. Throws an `UnencodableError` if they cannot be
   * written: text that is no UTF-8 became longer when it was read.
   */
  with(exchange: string, routingKey: string, properties: MessageProperties): Message {
    return new Message(exchange, routingKey, { rawProperties: encoded(properties), body: this.body });
  }

  /** Makes the same message with one more header; gives itself if its properties cannot be read, or not written again. */
  withHeader(name: string, value: FieldValue): Message {
    const properties = this.readableProperties;
    if (properties === undefined) return this;
    const headers = { ...properties.headers, [name]: value };
    try {
      return this.with(this.exchange, this.routingKey, { ...properties, headers });
    } catch (error) {
      if (error instanceof UnencodableError) return this;
      throw error;
    }
  }
}

/** Encodes properties into memory of their own: they may be kept for long, and what the writer hands out shares its. */
function encoded(properties: MessageProperties): Buffer {
  try {
    writeProperties(writer, properties);
    const bytes = Buffer.allocUnsafeSlow(writer.length);
    writer.take().copy(bytes);
    return bytes;
  } finally {
    // What was written before an error must not stand before the properties of the next message.
    writer.rewind(0);
  }
}
