import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, Server as TlsServer, type TlsOptions } from 'node:tls';
import {
  type ContentMethod,
  decodeMethod,
  encodeContent,
  encodeHeartbeat,
  encodeMethod,
  FrameParser,
  type MessageProperties,
  type Method,
  protocol,
  WireWriter,
} from '../../packages/mycel/src/protocol/codec/index.ts';

type NamedMethod<N extends Method['name']> = Extract<Method, { name: N }>;

/** A method that reached the peer, and on which channel. */
export interface Received {
  readonly channel: number;
  readonly method: Method;
}

const FRAME_MAX = 131_072;

/**
 * A broker that does what a test tells it, for faults that no real broker produces on demand. It listens on a free port;
 * nothing is answered unless the test says so.
 */
export class ScriptedPeer implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #connections: PeerConnection[] = [];
  readonly #waiting: ((connection: PeerConnection) => void)[] = [];
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    // A server that listens on TCP has such an address.
    this.port = (server.address() as AddressInfo).port;
    server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
      this.#sockets.add(socket);
      const connection = new PeerConnection(socket);
      const take = this.#waiting.shift();
      if (take) take(connection);
      else this.#connections.push(connection);
    });
  }

  /** Listens, with TLS when given a certificate and its key. */
  static async start(tls?: TlsOptions): Promise<ScriptedPeer> {
    const server = tls ? createTlsServer(tls) : createServer({ noDelay: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ScriptedPeer(server);
  }

  /** The next client that connects. */
  async accept(): Promise<PeerConnection> {
    const connection = this.#connections.shift();
    return connection ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** What the peer proposes while a connection is opened. */
export interface HandshakeScript {
  readonly mechanisms?: string;
  readonly tune?: { readonly channelMax?: number; readonly frameMax?: number; readonly heartbeat?: number };
}

/** One client's connection, seen from the peer. */
export class PeerConnection {
  readonly socket: Socket;
  /** Settles when the client has closed its side. */
  readonly ended: Promise<unknown>;
  /** Heartbeat frames received. */
  heartbeats = 0;
  #greeting: Buffer | undefined = Buffer.alloc(0);
  readonly #received: Received[] = [];
  #notify: () => void = () => undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    // `once` would reject with the error of a reset, after which the socket closes as well.
    this.ended = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    const parser = new FrameParser(FRAME_MAX, (type, channel, buffer, start, end) => {
      if (type === protocol.FRAME_METHOD) this.#received.push({ channel, method: decodeMethod(buffer, start, end) });
      if (type === protocol.FRAME_HEARTBEAT) this.heartbeats += 1;
      this.#notify();
    });
    socket.on('data', (chunk: Buffer) => {
      const frames = this.#withoutGreeting(chunk);
      if (frames.length > 0) parser.push(frames);
    });
  }

  /** Awaits the next method, whatever it is. */
  async next(): Promise<Received> {
    for (;;) {
      const received = this.#received.shift();
      if (received) return received;
      await this.#more();
    }
  }

  /** Awaits the next method, which must be the one named. */
  async expect<N extends Method['name']>(name: N): Promise<NamedMethod<N> & { readonly onChannel: number }> {
    const received = await this.next();
    if (received.method.name !== name) throw new Error(`expected ${name}, the client sent ${received.method.name}`);
    // The name was compared.
    return { ...(received.method as NamedMethod<N>), onChannel: received.channel };
  }

  /** Awaits frames until the claim holds. */
  async until(claim: () => boolean): Promise<void> {
    while (!claim()) await this.#more();
  }

  /** Sends a method. */
  send(channel: number, method: Method): void {
    this.#write((writer) => encodeMethod(writer, channel, FRAME_MAX, method));
  }

  /** Sends a method with its content. */
  sendContent(
    channel: number,
    method: ContentMethod,
    properties: MessageProperties | Uint8Array = {},
    body: string | Uint8Array = '',
  ): void {
    this.#write((writer) => encodeContent(writer, channel, FRAME_MAX, method, properties, Buffer.from(body)));
  }

  sendHeartbeat(): void {
    this.#write(encodeHeartbeat);
  }

  /** Answers as a broker does up to `tune`, and awaits the client's `open`. */
  async shakeHandsUntilOpen({ mechanisms = 'PLAIN AMQPLAIN EXTERNAL', tune = {} }: HandshakeScript = {}): Promise<{
    readonly startOk: NamedMethod<'connection.start-ok'>;
    readonly tuneOk: NamedMethod<'connection.tune-ok'>;
    readonly open: NamedMethod<'connection.open'>;
  }> {
    this.sendStart(mechanisms);
    const startOk = await this.expect('connection.start-ok');
    this.send(0, { name: 'connection.tune', channelMax: 2047, frameMax: FRAME_MAX, heartbeat: 60, ...tune });
    const tuneOk = await this.expect('connection.tune-ok');
    const open = await this.expect('connection.open');
    return { startOk, tuneOk, open };
  }

  /** Answers as a broker does until the connection is open. */
  async shakeHands(script: HandshakeScript = {}): ReturnType<PeerConnection['shakeHandsUntilOpen']> {
    const said = await this.shakeHandsUntilOpen(script);
    this.send(0, { name: 'connection.open-ok' });
    return said;
  }

  /** Offers mechanisms, as the first thing a broker says. */
  sendStart(mechanisms = 'PLAIN AMQPLAIN EXTERNAL'): void {
    const versions = { versionMajor: 0, versionMinor: 9 };
    const serverProperties = { product: 'Scripted' };
    const offers = { mechanisms: Buffer.from(mechanisms), locales: Buffer.from('en_US') };
    this.send(0, { name: 'connection.start', ...versions, serverProperties, ...offers });
  }

  /** Lets the client open a channel; gives its number. */
  async openChannel(): Promise<number> {
    const { onChannel } = await this.expect('channel.open');
    this.send(onChannel, { name: 'channel.open-ok' });
    return onChannel;
  }

  async #more(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#notify = resolve;
    });
  }

  #write(encode: (writer: WireWriter) => void): void {
    const writer = new WireWriter();
    encode(writer);
    this.socket.write(writer.take());
  }

  /** Cuts the protocol header off, which stands before all frames. */
  #withoutGreeting(chunk: Buffer): Buffer {
    if (!this.#greeting) return chunk;
    const all = Buffer.concat([this.#greeting, chunk]);
    if (all.length < protocol.PROTOCOL_HEADER.length) {
      this.#greeting = all;
      return Buffer.alloc(0);
    }
    this.#greeting = undefined;
    return all.subarray(protocol.PROTOCOL_HEADER.length);
  }
}
