import { connect, type Socket } from 'node:net';
import {
  type ContentMethod,
  decodeMethod,
  encodeContent,
  encodeMethod,
  type FieldTable,
  FrameParser,
  type MessageProperties,
  type Method,
  protocol,
  WireWriter,
} from '../../packages/mycel/src/protocol/codec/index.ts';

const FRAME_MAX = 131_072;

/** What came from the server: a method, another frame, or its greeting to a client of another kind. */
export interface Heard {
  readonly channel: number;
  readonly method?: Method;
  /** The type of a frame that is no method, and the bytes of its payload. */
  readonly frame?: number;
  readonly payload?: Buffer;
  /** The version that the server speaks, told instead of frames. */
  readonly header?: string;
}

/** What may be other than usual when a connection is opened. */
export interface RawHandshake {
  readonly clientProperties?: FieldTable;
  readonly mechanism?: string;
  readonly response?: string | Buffer;
  readonly tune?: { readonly channelMax?: number; readonly frameMax?: number; readonly heartbeat?: number };
  readonly vhost?: string;
}

/** An AMQP client that does nothing by itself, and anything a test tells it. */
export class RawAmqpClient implements Disposable {
  readonly socket: Socket;
  /** Settles when the server has ended the connection, by whatever means. */
  readonly ended: Promise<void>;
  #hasEnded = false;
  readonly #heard: Heard[] = [];
  #notify: () => void = () => undefined;
  #sawFrame = false;
  /** The server has begun to speak another version, whose frames are none of this one. */
  #isForeign = false;

  constructor(port: number, host = '127.0.0.1') {
    this.socket = connect({ host, port, noDelay: true });
    this.socket.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      this.socket.on('close', () => {
        this.#hasEnded = true;
        this.#notify();
        resolve();
      });
    });
    const parser = new FrameParser(2 ** 31, (type, channel, buffer, start, end) => {
      this.#sawFrame = true;
      if (type === protocol.FRAME_METHOD) this.#hear({ channel, method: decodeMethod(buffer, start, end) });
      else this.#hear({ channel, frame: type, payload: buffer.subarray(start, end) });
    });
    this.socket.on('data', (chunk: Buffer) => {
      if (this.#isForeign) return;
      const isHeader = !this.#sawFrame && chunk.toString('latin1', 0, 4) === 'AMQP';
      if (!isHeader) return parser.push(chunk);
      const header = [...chunk.subarray(4)].join('-');
      this.#isForeign = header !== '0-0-9-1';
      this.#hear({ channel: 0, header });
    });
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  /** Awaits the next thing the server says; undefined when it has ended the connection. */
  async next(): Promise<Heard | undefined> {
    for (;;) {
      const heard = this.#heard.shift();
      if (heard || this.#hasEnded) return heard;
      await new Promise<void>((resolve) => {
        this.#notify = resolve;
      });
    }
  }

  /** Awaits the next method, which must be the one named. Other frames are passed over. */
  async expect<N extends Method['name']>(name: N): Promise<Extract<Method, { name: N }>> {
    for (;;) {
      const heard = await this.next();
      if (heard?.frame !== undefined) continue;
      if (heard?.method?.name !== name) throw new Error(`expected ${name}, the server said ${JSON.stringify(heard)}`);
      // The name was compared.
      return heard.method as Extract<Method, { name: N }>;
    }
  }

  /** Lists what the server says until it ends the connection; answers its goodbyes. */
  async untilEnded(): Promise<Heard[]> {
    const all: Heard[] = [];
    for (;;) {
      const heard = await this.next();
      if (!heard) return all;
      all.push(heard);
      if (heard.method?.name === 'connection.close') this.send(0, { name: 'connection.close-ok' });
    }
  }

  write(bytes: string | Uint8Array): this {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    return this;
  }

  greet(): this {
    return this.write(protocol.PROTOCOL_HEADER);
  }

  send(channel: number, method: Method): this {
    const writer = new WireWriter();
    encodeMethod(writer, channel, FRAME_MAX, method);
    return this.write(writer.take());
  }

  sendContent(
    channel: number,
    method: ContentMethod,
    properties: MessageProperties | Uint8Array = {},
    body: string | Uint8Array = '',
  ): this {
    const writer = new WireWriter();
    encodeContent(writer, channel, FRAME_MAX, method, properties, Buffer.from(body));
    return this.write(writer.take());
  }

  /** Sends a message to a queue. */
  publish(channel: number, queue: string, body: string | Uint8Array = ''): this {
    return this.sendContent(channel, publishTo(queue), {}, body);
  }

  startOk({ clientProperties = frank, mechanism = 'PLAIN', response = '\0guest\0guest' }: RawHandshake = {}): this {
    const login = Buffer.from(response);
    return this.send(0, { name: 'connection.start-ok', clientProperties, mechanism, response: login, locale: 'en_US' });
  }

  tuneOk({ tune }: RawHandshake = {}): this {
    return this.send(0, { name: 'connection.tune-ok', channelMax: 2047, frameMax: FRAME_MAX, heartbeat: 0, ...tune });
  }

  open({ vhost = '/' }: RawHandshake = {}): this {
    return this.send(0, { name: 'connection.open', virtualHost: vhost });
  }

  /** Opens the connection. */
  async shakeHands(handshake: RawHandshake = {}): Promise<this> {
    this.greet();
    await this.expect('connection.start');
    this.startOk(handshake);
    await this.expect('connection.tune');
    this.tuneOk(handshake).open(handshake);
    await this.expect('connection.open-ok');
    return this;
  }

  async openChannel(channel = 1): Promise<this> {
    this.send(channel, { name: 'channel.open' });
    await this.expect('channel.open-ok');
    return this;
  }

  #hear(heard: Heard): void {
    this.#heard.push(heard);
    this.#notify();
  }
}

/** Says that refusals may be told. */
export const frank: FieldTable = {
  capabilities: { authentication_failure_close: true, 'connection.blocked': true, consumer_cancel_notify: true },
};

export function publishTo(queue: string, mandatory = false): ContentMethod {
  return { name: 'basic.publish', exchange: '', routingKey: queue, mandatory, immediate: false };
}

/** Declares a queue that is deleted with the connection. */
export function declareQueue(queue: string): Method {
  return declaration(queue, true);
}

/** Declares a queue that other connections may use. */
export function sharedQueue(queue: string): Method {
  return declaration(queue, false);
}

function declaration(queue: string, exclusive: boolean): Method {
  const flags = { passive: false, durable: false, exclusive, autoDelete: false, noWait: false };
  return { name: 'queue.declare', queue, ...flags, arguments: {} };
}
